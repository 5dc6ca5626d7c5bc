/** A person as oidc-provider asks for them: whether they are there, and what userinfo says. */
import type { Account } from 'oidc-provider';
import { type Queries, sql } from '../../db/db.ts';
import { templateOf } from '../../domain/roles/template.ts';
import { claimsOf } from './person-claims.ts';
import { factsColumn, holds, type Membership, type PersonFacts } from './person-standing.ts';

/** Nobody, when suspended or gone. */
export async function findAccount(
  db: Queries,
  tenantId: string,
  userId: string,
  clientId: string | undefined,
  at: number,
): Promise<Account | undefined> {
  const known = await db.first(sql`
    select 1 as one from users where tenant_id = ${tenantId} and id = ${userId} and suspended_at is null`);
  if (!known) return undefined;
  return {
    accountId: userId,
    claims: async (_use, scope) => {
      const scopes = new Set(scope.split(' '));
      return { sub: userId, ...(await claimsFor(db, tenantId, userId, clientId ?? '', scopes, at)) };
    },
  };
}

type Row = {
  facts: PersonFacts;
  version: number;
  roles: string[];
  memberships: (Membership & { name: string; description: string | null })[];
  customData: unknown;
  identities: unknown;
};

/** All that userinfo says under these scopes. */
async function claimsFor(
  db: Queries,
  tenantId: string,
  userId: string,
  clientId: string,
  scopes: ReadonlySet<string>,
  at: number,
): Promise<Record<string, unknown>> {
  const row = await db.first<Row>(sql`
    select ${factsColumn}, t.template_version as version, u.custom_data as "customData", u.identities,
           array(select d.name from user_roles j join roles d on d.tenant_id = j.tenant_id and d.id = j.role_id
                  where j.tenant_id = u.tenant_id and j.user_id = u.id order by d.name) as roles,
           (select coalesce(json_agg(json_build_object('id', o.id, 'name', o.name, 'description', o.description, 'roles', m.role_ids)
                                     order by o.id), '[]')
              from members m join organizations o on o.tenant_id = m.tenant_id and o.id = m.organization_id and o.disabled_at is null
             where m.tenant_id = u.tenant_id and m.user_id = u.id and ${holds(at)}
               and (not a.is_third_party or exists (select from organization_grants l where l.tenant_id = u.tenant_id
                    and l.user_id = u.id and l.application_id = a.id and l.organization_id = o.id))) as memberships
      from users u join tenants t on t.id = u.tenant_id join applications a on a.tenant_id = u.tenant_id and a.id = ${clientId}
     where u.tenant_id = ${tenantId} and u.id = ${userId}`);
  if (!row) return {};
  const { version, roles, memberships, customData, identities, facts } = row;
  const template = await templateOf(db, tenantId, version);
  return {
    ...claimsOf({ facts, roles, memberships, template }, scopes),
    ...(scopes.has('urn:logto:scope:organizations')
      ? { organization_data: memberships.map(({ id, name, description }) => ({ id, name, description })) }
      : {}),
    ...(scopes.has('custom_data') ? { custom_data: customData } : {}),
    ...(scopes.has('identities') ? { identities, sso_identities: [] } : {}),
  };
}
