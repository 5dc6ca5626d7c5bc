/**
 * A list of invitations as JSON text, made by PostgreSQL: a list of a hundred costs this process a fifth of what reading
 * the rows and writing them again does. What is said of each is what `present` says, and its status is statusAt.
 *
 * The names of roles travel the other way, from the template in memory; when the version that comes back is another,
 * the list is asked for again with the right one.
 */
import { type Queries, type Statement, sql } from '../../db/db.ts';
import { probableTemplate, type Template, templateOf } from '../roles/template.ts';
import { conditions, type InvitationFilter } from './find.ts';
import { templateVersion } from './rows.ts';

export type JsonList = { readonly json: string; readonly count: number };
type Row = { version: number; json: string | null; count: number };

/** Newest first; `range` is a limit, with an offset where there is one. */
export async function listInvitationsAsJson(
  db: Queries,
  tenantId: string,
  filter: InvitationFilter,
  range: Statement,
  at: number,
): Promise<JsonList> {
  let template = await probableTemplate(db, tenantId);
  for (;;) {
    const row = await db.first<Row>(statement(tenantId, filter, range, at, template));
    if (row!.version === template.version) return { json: row!.json ?? '[]', count: row!.count };
    template = await templateOf(db, tenantId, row!.version);
  }
}

function statement(
  tenantId: string,
  filter: InvitationFilter,
  range: Statement,
  at: number,
  template: Template,
): Statement {
  return sql`
    with names as (select ${template.namesJson}::jsonb as of)
    select ${templateVersion(tenantId)}, json_agg(r)::text as json, count(*) as count from (
      select i.tenant_id as "tenantId", i.id, i.inviter_id as "inviterId", i.invitee, i.accepted_user_id as "acceptedUserId",
             i.organization_id as "organizationId",
             case when i.accepted_at is not null then 'Accepted' when i.rejected_at is not null then 'Rejected'
                  when i.revoked_at is not null then 'Revoked'
                  when i.lapsed_at is not null or i.expires_at <= ${at} then 'Expired' else 'Pending' end as status,
             i.created_at as "createdAt", i.updated_at as "updatedAt", i.expires_at as "expiresAt",
             case cardinality(i.role_ids) when 0 then '[]'
                  when 1 then case when names.of ? i.role_ids[1] then jsonb_build_array(names.of -> i.role_ids[1]) else '[]' end
                  else (select coalesce(jsonb_agg(names.of -> role order by names.of -> role ->> 'name' collate "C"), '[]')
                          from unnest(i.role_ids) role where names.of ? role) end as "organizationRoles"
        from invitations i cross join names where ${conditions(tenantId, filter, at)}
       order by i.created_at desc, i.id desc ${range}) r`;
}
