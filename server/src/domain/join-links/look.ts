/**
 * What somebody who holds a genuine link may see of it and do with it; the page shows it, and joining is judged by it.
 * Why a link lets nobody in any more is not told, nor why it is not for somebody (rules 11 and 14).
 */
import { type Queries, sql } from '../../db/db.ts';
import { isBacked } from '../invitations/authority.ts';
import type { Host } from '../invitations/look.ts';
import { namedRoles, templateOf } from '../roles/template.ts';
import type { JoinToken } from './token.ts';

type Row = {
  version: number;
  organizationId: string;
  organizationName: string;
  branding: { logoUrl?: unknown; darkLogoUrl?: unknown };
  color: Record<string, unknown>;
  roleIds: string[];
  authorityId: string | null;
  isLive: boolean;
  asksFirst: boolean;
  isFull: boolean;
  personId: string | null;
  address: string | null;
  isVerified: boolean;
  isSuspended: boolean;
  isAdmitted: boolean;
  hasLeft: boolean;
  /** A membership that holds, one that does not, or none. */
  isMember: boolean | null;
  hasAsked: boolean;
  isMfaRequired: boolean;
  hasPasskey: boolean;
};

/** Who is signed in, and by what. */
export type JoinVisitor = { readonly userId: string; readonly methods: readonly string[] };

export type JoinLook =
  | { readonly state: 'ended' }
  | {
      readonly state: 'open';
      readonly organizationId: string;
      readonly host: Host;
      readonly roleIds: readonly string[];
      readonly roles: readonly string[];
      readonly authorityId: string | null;
      /** Somebody decides before the person joins. */
      readonly asksFirst: boolean;
      readonly address: string | undefined;
      /** What stands between this person and joining, or asking. */
      readonly needs: 'sign-in' | 'address' | 'domain' | 'seat' | 'somebody' | 'passkey' | undefined;
      readonly isMember: boolean;
      /** The organization asks for a second factor, and the person has none. */
      readonly lacksPasskey: boolean;
      readonly hasAsked: boolean;
    };

/** `token`: what the link said. */
export async function lookAtJoinLink(
  db: Queries,
  tenantId: string,
  token: JoinToken,
  visitor: JoinVisitor | undefined,
  at: number,
): Promise<JoinLook> {
  const row = await factsOf(db, tenantId, token, visitor?.userId, at);
  if (!row?.isLive || !(await isBacked(db, tenantId, row, at))) return { state: 'ended' };
  const template = await templateOf(db, tenantId, row.version);
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  return {
    state: 'open',
    organizationId: row.organizationId,
    host: {
      name: row.organizationName,
      logoUrl: text(row.branding.logoUrl),
      darkLogoUrl: text(row.branding.darkLogoUrl),
      color: row.color,
    },
    roleIds: row.roleIds,
    roles: namedRoles(template, row.roleIds).map(({ name }) => name),
    authorityId: row.authorityId,
    asksFirst: row.asksFirst,
    address: row.address ?? undefined,
    needs: needsOf(row, visitor?.methods ?? []),
    isMember: row.isMember === true,
    lacksPasskey: row.isMfaRequired && !row.hasPasskey,
    hasAsked: row.hasAsked,
  };
}

function needsOf(row: Row, methods: readonly string[]) {
  if (row.personId === null) return 'sign-in';
  if (!row.isVerified) return 'address';
  if (row.isSuspended || row.isMember === false) return 'somebody';
  if (!row.isAdmitted) return 'domain';
  // Whoever was taken out may ask, and somebody decides; a link lets nobody back in by itself.
  if (row.hasLeft && !row.asksFirst) return 'somebody';
  if (row.isFull && !row.asksFirst) return 'seat';
  // Where the organization asks for a second factor, who has a passkey signs in with it first.
  return row.isMfaRequired && row.hasPasskey && !methods.includes('hwk') ? 'passkey' : undefined;
}

const factsOf = (db: Queries, tenantId: string, token: JoinToken, userId: string | undefined, at: number) =>
  db.first<Row>(sql`
    select t.template_version as version, o.id as "organizationId", o.name as "organizationName", o.branding, o.color,
           l.role_ids as "roleIds", l.authority_id as "authorityId",
           o.disabled_at is null and l.disabled_at is null and l.generation = ${token.generation}::int
             and coalesce(l.expires_at > ${at}, true) and coalesce(l.uses < l.most_uses, true) as "isLive",
           l.asks_first or l.authority_id is not null
             and policy_holds(l.tenant_id, l.organization_id, coalesce(u.primary_email, ''), l.role_ids) as "asksFirst",
           coalesce(o.seats_used >= o.seat_limit, false) and not exists (
             select from invitations i where i.tenant_id = o.tenant_id and i.organization_id = o.id and i.expires_at <= ${at}
                and i.accepted_at is null and i.rejected_at is null and i.revoked_at is null and i.lapsed_at is null)
             and not exists (select from members e where e.tenant_id = o.tenant_id and e.organization_id = o.id and e.expires_at <= ${at}) as "isFull",
           u.id as "personId", u.primary_email as address, u.email_verified_at is not null as "isVerified",
           u.suspended_at is not null as "isSuspended",
           o.is_mfa_required as "isMfaRequired",
           exists (select from passkeys k where k.tenant_id = l.tenant_id and k.user_id = u.id) as "hasPasskey",
           policy_admits(l.tenant_id, l.organization_id, u.primary_email)
             and coalesce(split_part(u.primary_email, '@', 2) = any(l.allowed_domains), true) as "isAdmitted",
           exists (select from departures p where p.tenant_id = l.tenant_id and p.organization_id = o.id and p.user_id = u.id) as "hasLeft",
           case when m.user_id is not null then m.suspended_at is null and coalesce(m.expires_at > ${at}, true) end as "isMember",
           exists (select from join_requests r where r.tenant_id = l.tenant_id and r.organization_id = o.id and r.user_id = u.id
                      and r.approved_at is null and r.declined_at is null and r.withdrawn_at is null) as "hasAsked"
      from join_links l
      join tenants t on t.id = l.tenant_id
      join organizations o on o.tenant_id = l.tenant_id and o.id = l.organization_id
      left join users u on u.tenant_id = l.tenant_id and u.id = ${userId ?? null}
      left join members m on m.tenant_id = l.tenant_id and m.organization_id = o.id and m.user_id = u.id
     where l.tenant_id = ${tenantId} and l.id = ${token.linkId}`);
