/**
 * What people have agreed to that applications of somebody else's may know and do. It outlasts the sign-in in which it was
 * said: nobody is asked the same twice. Withdrawing it ends everything that the application holds for the person.
 */
import type { Act } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { refuse } from '../refusal.ts';

export type Agreed = {
  /** Of OpenID Connect. */
  readonly scopes: readonly string[];
  /** Scopes by the indicator of their resource. */
  readonly resources: Readonly<Record<string, readonly string[]>>;
};

export type Consent = {
  readonly application: { readonly id: string; readonly name: string; readonly logoUrl: string | null };
  readonly scopes: readonly string[];
  readonly givenAt: number;
};

export const findAgreed = (
  db: Queries,
  tenantId: string,
  userId: string,
  applicationId: string,
): Promise<Agreed | undefined> =>
  db.first<Agreed>(sql`
    select scopes, resources from consents
     where tenant_id = ${tenantId} and user_id = ${userId} and application_id = ${applicationId}`);

/** Besides what was agreed to before. */
export async function rememberAgreed(
  db: Queries,
  tenantId: string,
  userId: string,
  applicationId: string,
  { scopes, resources }: Agreed,
  at: number,
): Promise<void> {
  await db.run(sql`
    insert into consents as c (tenant_id, user_id, application_id, scopes, resources, given_at, updated_at)
    values (${tenantId}, ${userId}, ${applicationId}, ${scopes}::text[], ${JSON.stringify(resources)}::jsonb, ${at}, ${at})
    on conflict (tenant_id, user_id, application_id) do update set updated_at = excluded.updated_at,
      scopes = array(select unnest(c.scopes) union select unnest(excluded.scopes) order by 1),
      resources = (select coalesce(jsonb_object_agg(indicator, names), '{}') from (
        select indicator, jsonb_agg(distinct name order by name) as names
          from (select * from jsonb_each(c.resources) union all select * from jsonb_each(excluded.resources)) r(indicator, list),
               jsonb_array_elements_text(list) l(name) group by indicator) merged)`);
}

/** By the name of the application. */
export const findConsents = (db: Queries, tenantId: string, userId: string): Promise<Consent[]> =>
  db.rows<Consent>(sql`
    select jsonb_build_object('id', a.id, 'name', a.name, 'logoUrl', a.oidc_client_metadata->>'logoUri') as application, c.scopes,
           c.given_at as "givenAt"
      from consents c
      join applications a on a.tenant_id = c.tenant_id and a.id = c.application_id and a.is_third_party
     where c.tenant_id = ${tenantId} and c.user_id = ${userId} order by lower(a.name), a.id limit 200`);

/** Its tokens end with it, and what it may know of organizations. Refuses: application.not_found. */
export async function withdrawConsent(act: Act, userId: string, applicationId: string): Promise<void> {
  const { tenantId } = act;
  const withdrawn = await act.db.first(sql`
    with gone as (
      delete from consents where tenant_id = ${tenantId} and user_id = ${userId} and application_id = ${applicationId} returning *
    ), known as (
      delete from organization_grants o using gone
       where o.tenant_id = gone.tenant_id and o.user_id = gone.user_id and o.application_id = gone.application_id
    ), held as (
      delete from oidc_records r using gone
       where r.tenant_id = gone.tenant_id and r.account_id = gone.user_id and r.payload->>'clientId' = gone.application_id
    ), happened as (
      select null::text as organization_id, user_id as subject_id,
             jsonb_build_object('userId', user_id, 'applicationId', application_id) as data from gone
    ), ${recorded(act, 'consent.withdrawn')} select user_id from gone`);
  if (!withdrawn) refuse('application.not_found', { id: applicationId });
}
