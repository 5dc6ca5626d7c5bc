/**
 * What somebody may do in an organization at this moment: the scopes of all roles held there, inherited ones included.
 * Nothing, when the membership, the person or the organization is suspended, disabled or over.
 */
import { type Queries, sql } from '../../db/db.ts';
import { refuse } from '../refusal.ts';
import { type Template, templateOf } from '../roles/template.ts';
import type { HolderKind } from './holders.ts';

export type Standing = {
  readonly organizationExists: boolean;
  readonly organizationEnabled: boolean;
  /** A membership that holds at this moment. */
  readonly isMember: boolean;
  readonly roleIds: readonly string[];
  readonly template: Template;
};

type Row = { version: number; exists: boolean; enabled: boolean; member: boolean; role_ids: string[] };

export async function standingOfUser(
  db: Queries,
  tenantId: string,
  organizationId: string,
  userId: string,
  at: number,
): Promise<Standing> {
  const row = await db.first<Row>(sql`
    select t.template_version as version, o.id is not null as exists, o.id is not null and o.disabled_at is null as enabled,
           m.user_id is not null and m.suspended_at is null and coalesce(m.expires_at > ${at}, true) and u.suspended_at is null as member,
           coalesce(m.role_ids, '{}') as role_ids
      from tenants t
      left join organizations o on o.tenant_id = t.id and o.id = ${organizationId}
      left join members m on m.tenant_id = t.id and m.organization_id = ${organizationId} and m.user_id = ${userId}
      left join users u on u.tenant_id = t.id and u.id = m.user_id
     where t.id = ${tenantId}`);
  return standing(db, tenantId, row!);
}

export async function standingOfBot(
  db: Queries,
  tenantId: string,
  organizationId: string,
  applicationId: string,
): Promise<Standing> {
  const row = await db.first<Row>(sql`
    select t.template_version as version, o.id is not null as exists, o.id is not null and o.disabled_at is null as enabled,
           b.application_id is not null as member,
           coalesce(b.role_ids, '{}') as role_ids
      from tenants t
      left join organizations o on o.tenant_id = t.id and o.id = ${organizationId}
      left join bots b on b.tenant_id = t.id and b.organization_id = ${organizationId} and b.application_id = ${applicationId}
     where t.id = ${tenantId}`);
  return standing(db, tenantId, row!);
}

async function standing(db: Queries, tenantId: string, row: Row): Promise<Standing> {
  const holds = row.enabled && row.member;
  return {
    organizationExists: row.exists,
    organizationEnabled: row.enabled,
    isMember: row.member,
    roleIds: holds ? row.role_ids : [],
    template: await templateOf(db, tenantId, row.version),
  };
}

/** Refuses when the organization does not exist; who is no member holds nothing. */
export async function standingIn(
  db: Queries,
  tenantId: string,
  kind: HolderKind,
  organizationId: string,
  holderId: string,
  at: number,
): Promise<Standing> {
  const found =
    kind.type === 'User'
      ? await standingOfUser(db, tenantId, organizationId, holderId, at)
      : await standingOfBot(db, tenantId, organizationId, holderId);
  return found.organizationExists ? found : refuse('organization.not_found', { id: organizationId });
}
