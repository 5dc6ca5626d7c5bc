/**
 * One invitation: for whoever holds a genuine link of it, whatever became of it; or by its id, for a member of its
 * organization who may read invitations. Everybody else gets the same 404.
 */
import { sql } from '../../db/db.ts';
import { getInvitation } from '../../domain/invitations/find.ts';
import { type Invitation, statusAt } from '../../domain/invitations/invitation.ts';
import { templateVersion } from '../../domain/invitations/rows.ts';
import { readLink } from '../../domain/link.ts';
import { Refusal, refuse } from '../../domain/refusal.ts';
import { templateOf } from '../../domain/roles/template.ts';
import type { Call, GrantDoor } from './route.ts';
import { invitationPermissions } from './template.ts';
import { highestRole, type PresentedInvitation, presentInvitation, type Role } from './vocabulary.ts';
import { looking } from './within.ts';

export const relations = ['organization', 'role', 'inviter'] as const;
export type Relation = (typeof relations)[number];

export async function viewInvitation(call: Call, tokenOrId: string, wanted: readonly Relation[]) {
  const invitation = presentInvitation(await seen(call, tokenOrId), call.door.clock());
  if (wanted.length === 0) return invitation;
  const related = await relatedTo(call.door, invitation);
  return { ...invitation, ...Object.fromEntries(wanted.map((relation) => [relation, related[relation]])) };
}

async function seen(call: Call, tokenOrId: string): Promise<Invitation> {
  const { db, keys, tenantId, clock } = call.door;
  const link = readLink(keys, tenantId, tokenOrId);
  const id = link?.invitationId ?? tokenOrId;
  const unknown = (): never => refuse('invitation.not_found');
  const whenRefused = (error: unknown): never => {
    throw error instanceof Refusal ? new Refusal('invitation.not_found') : error;
  };
  if (!link && !call.caller?.person) return unknown();
  const invitation = await getInvitation(db, tenantId, id).catch(whenRefused);
  // Of a pending one only the newest link is good; what has ended is told to whoever holds any.
  const isOld =
    link && link.generation !== invitation.generation && statusAt(invitation, clock()) === 'Pending';
  if (isOld) return unknown();
  if (link) return invitation;
  const needed = ['read:member', invitationPermissions.read];
  return looking(call, invitation.organizationId, needed, async () => invitation).catch(whenRefused);
}

type Related = {
  organization: { id: string; name: string } | null;
  role: Role | null;
  inviter: { id: string; name: string | null; email: string | null } | null;
};

export async function relatedTo(
  { db, tenantId }: GrantDoor,
  { organizationId, roleId, invitedBy }: PresentedInvitation,
): Promise<Related> {
  const row = await db.first<Omit<Related, 'role'> & { version: number }>(sql`
    select json_build_object('id', o.id, 'name', o.name) as organization,
           case when u.id is not null then json_build_object('id', u.id, 'name', u.name, 'email', u.primary_email) end as inviter,
           ${templateVersion(tenantId)}
      from organizations o left join users u on u.tenant_id = o.tenant_id and u.id = ${invitedBy}
     where o.tenant_id = ${tenantId} and o.id = ${organizationId}`);
  if (!row) return { organization: null, role: null, inviter: null };
  const role = highestRole(await templateOf(db, tenantId, row.version), roleId === null ? [] : [roleId]);
  return { organization: row.organization, role, inviter: row.inviter };
}
