/** All that a look at an invitation rests on, in one question. */
import { type Queries, sql } from '../../db/db.ts';
import type { Tenant } from './look.ts';
import { type InvitationRow, invitationColumns, templateVersion } from './rows.ts';

export type LookRow = InvitationRow & {
  readonly tenant: Tenant;
  readonly applicationId: string | null;
  readonly authorityId: string | null;
  readonly askedAt: number | null;
  readonly organizationName: string;
  readonly branding: { readonly logoUrl?: unknown; readonly darkLogoUrl?: unknown };
  readonly color: Readonly<Record<string, unknown>>;
  readonly disabledAt: number | null;
  readonly isMfaRequired: boolean;
  readonly hasInviter: boolean;
  readonly inviterName: string | null;
  readonly inviterAddress: string | null;
  /** The account of the invited address. */
  readonly accountId: string | null;
  readonly accountSuspendedAt: number | null;
  readonly hasPasskey: boolean;
  readonly isMember: boolean;
  readonly memberSuspendedAt: number | null;
  /** Who is signed in. */
  readonly personId: string | null;
  readonly personName: string | null;
  readonly personAddress: string | null;
  readonly personVerifiedAt: number | null;
};

/** There is always a row; without an invitation its `id` is null. */
export async function lookRow(
  db: Queries,
  tenantId: string,
  id: string,
  userId: string | undefined,
  at: number,
): Promise<LookRow | { readonly id: null; readonly tenant: Tenant }> {
  const row = await db.first<LookRow>(sql`
    select json_build_object('name', t.name, 'branding', t.branding, 'color', t.color, 'fallbackLanguage', t.fallback_language) as tenant, ${invitationColumns}, ${templateVersion(tenantId)},
           i.application_id as "applicationId", i.authority_id as "authorityId", i.asked_at as "askedAt",
           o.name as "organizationName", o.branding, o.color, o.disabled_at as "disabledAt", o.is_mfa_required as "isMfaRequired",
           u.id is not null as "hasInviter", u.name as "inviterName", u.primary_email as "inviterAddress",
           a.id as "accountId", a.suspended_at as "accountSuspendedAt",
           exists (select from passkeys k where k.tenant_id = t.id and k.user_id = a.id) as "hasPasskey",
           m.user_id is not null and coalesce(m.expires_at > ${at}, true) as "isMember", m.suspended_at as "memberSuspendedAt",
           p.id as "personId", p.name as "personName", p.primary_email as "personAddress",
           p.email_verified_at as "personVerifiedAt"
      from tenants t
      left join (invitations i join organizations o on o.tenant_id = i.tenant_id and o.id = i.organization_id)
        on i.tenant_id = t.id and i.id = ${id}
      left join users u on u.tenant_id = t.id and u.id = i.inviter_id
      left join users a on a.tenant_id = t.id and a.primary_email = i.invitee
      left join members m on m.tenant_id = t.id and m.organization_id = i.organization_id and m.user_id = a.id
      left join users p on p.tenant_id = t.id and p.id = ${userId ?? null}
     where t.id = ${tenantId}`);
  return row!;
}
