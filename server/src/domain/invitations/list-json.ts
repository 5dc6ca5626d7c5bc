/**
 * A list of invitations as JSON text. PostgreSQL sends the rows as one text of lines, and the JSON is put together from
 * its pieces: reading a hundred rows value by value and writing them again would be most of what a list costs. What is
 * said of each is what `present` says, and its status is statusAt. The names of roles come from the template in memory.
 */
import { type Queries, type Statement, sql } from '../../db/db.ts';
import { namedRoles, type Template, templateOf } from '../roles/template.ts';
import { conditions, type InvitationFilter } from './find.ts';
import { isOpen, templateVersion } from './rows.ts';

/** `json`: the items, comma-separated, without the brackets. */
export type Slice = { readonly json: string; readonly count: number; readonly last: Place | undefined };
/** Where a slice ended, and the next one begins. */
type Place = { readonly createdAt: number; readonly id: string };
type Row = { version: number; lines: string | null; count: number };

/** Between values and between lines: what stands in no address and no id. */
const separator = '\u001f';
const newline = '\n';

const statuses: Record<string, string> = {
  A: 'Accepted',
  J: 'Rejected',
  R: 'Revoked',
  E: 'Expired',
  P: 'Pending',
};

/** Newest first; `range` is a limit, with an offset where there is one. */
export async function sliceAsJson(
  db: Queries,
  tenantId: string,
  filter: InvitationFilter,
  range: Statement,
  at: number,
  after?: Place | undefined,
): Promise<Slice> {
  const beyond = after ? sql`and (i.created_at, i.id) < (${after.createdAt}, ${after.id})` : sql``;
  const row = await db.first<Row>(sql`
    select ${templateVersion(tenantId)}, string_agg(line, ${newline}) as lines, count(*) as count from (
      select ${line(at)} as line from invitations i where ${conditions(tenantId, filter, at)} ${beyond}
       order by i.created_at desc, i.id desc ${range}) l`);
  const { version, lines, count } = row!;
  if (lines === null) return { json: '', count: 0, last: undefined };
  return { ...written(lines, tenantId, await templateOf(db, tenantId, version)), count };
}

const line = (at: number): Statement => {
  const s = sql`chr(31)`;
  return sql`i.id || ${s} || coalesce(i.inviter_id, '') || ${s} || i.invitee || ${s} || coalesce(i.accepted_user_id, '') || ${s} ||
    i.organization_id || ${s} ||
    case when ${isOpen} then case when i.expires_at > ${at} then 'P' else 'E' end
         when i.accepted_at is not null then 'A' when i.rejected_at is not null then 'J'
         when i.revoked_at is not null then 'R' else 'E' end || ${s} ||
    i.created_at || ${s} || i.updated_at || ${s} || i.expires_at || ${s} ||
    case cardinality(i.role_ids) when 0 then '' when 1 then i.role_ids[1] else array_to_string(i.role_ids, ',') end`;
};

function written(text: string, tenantId: string, template: Template): { json: string; last: Place } {
  const lines = text.split(newline);
  const quote = /["\\]/.test(text) ? JSON.stringify : (value: string) => `"${value}"`;
  const orNull = (value: string) => (value === '' ? 'null' : quote(value));
  const roles = new Map<string, string>();
  const rolesOf = (ids: string): string => {
    let json = roles.get(ids);
    if (json === undefined) {
      json = JSON.stringify(namedRoles(template, ids === '' ? [] : ids.split(',')));
      roles.set(ids, json);
    }
    return json;
  };
  const head = `{"tenantId":${JSON.stringify(tenantId)},"id":`;
  let json = '';
  for (const each of lines) {
    const [id, inviter, invitee, acceptedUser, organization, status, created, updated, expires, roleIds] =
      each.split(separator) as [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
      ];
    json += `${json === '' ? '' : ','}${head}${quote(id)},"inviterId":${orNull(inviter)},"invitee":${quote(invitee)},"acceptedUserId":${orNull(acceptedUser)},"organizationId":${quote(organization)},"status":"${statuses[status]}","createdAt":${created},"updatedAt":${updated},"expiresAt":${expires},"organizationRoles":${rolesOf(roleIds)}}`;
  }
  const final = lines.at(-1)!.split(separator);
  return { json, last: { createdAt: Number(final[6]), id: final[0]! } };
}
