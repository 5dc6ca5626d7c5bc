/**
 * One invitation: for whoever holds a genuine link of it, whatever became of it; or by its id, for a member of its
 * organization who may read invitations. Everybody else gets the same 404.
 */
import { sql } from '../../db/db.ts';
import { getInvitation } from '../../domain/invitations/find.ts';
import { type Invitation, statusAt } from '../../domain/invitations/invitation.ts';
import { readLink } from '../../domain/link.ts';
import { refuse } from '../../domain/refusal.ts';
import { loadTemplate } from '../../domain/roles/template.ts';
import type { Call } from './route.ts';
import { invitationPermissions } from './template.ts';
import { highestRole, presentInvitation } from './vocabulary.ts';
import { looking } from './within.ts';

export const relations = ['organization', 'role', 'inviter'] as const;
export type Relation = (typeof relations)[number];

export async function viewInvitation(call: Call, tokenOrId: string, wanted: readonly Relation[]) {
  const invitation = await seen(call, tokenOrId);
  const related = await relatedTo(call, invitation, wanted);
  return { ...presentInvitation(invitation, call.door.clock()), ...related };
}

async function seen(call: Call, tokenOrId: string): Promise<Invitation> {
  const { db, keys, tenantId, clock } = call.door;
  const link = readLink(keys, tenantId, tokenOrId);
  const id = link?.invitationId ?? tokenOrId;
  const unknown = () => refuse('invitation.not_found');
  if (!link && !call.caller?.person) return unknown();
  const invitation = await getInvitation(db, tenantId, id).catch(unknown);
  // Of a pending one only the newest link is good; what has ended is told to whoever holds any.
  const isOld =
    link && link.generation !== invitation.generation && statusAt(invitation, clock()) === 'Pending';
  if (isOld) return unknown();
  if (link) return invitation;
  const needed = ['read:member', invitationPermissions.read];
  return looking(call, invitation.organizationId, needed, async () => invitation).catch(unknown);
}

type Related = {
  organization: { id: string; name: string };
  inviter: { id: string; name: string | null; email: string | null } | null;
};

async function relatedTo({ door }: Call, invitation: Invitation, wanted: readonly Relation[]) {
  if (wanted.length === 0) return {};
  const { db, tenantId } = door;
  const row = await db.first<Related>(sql`
    select json_build_object('id', o.id, 'name', o.name) as organization,
           case when u.id is not null then json_build_object('id', u.id, 'name', u.name, 'email', u.primary_email) end as inviter
      from organizations o left join users u on u.tenant_id = o.tenant_id and u.id = ${invitation.inviterId}
     where o.tenant_id = ${tenantId} and o.id = ${invitation.organizationId}`);
  const role = wanted.includes('role')
    ? highestRole(await loadTemplate(db, tenantId), invitation.roleIds)
    : null;
  return {
    ...(wanted.includes('organization') ? { organization: row?.organization ?? null } : {}),
    ...(wanted.includes('role') ? { role } : {}),
    ...(wanted.includes('inviter') ? { inviter: row?.inviter ?? null } : {}),
  };
}
