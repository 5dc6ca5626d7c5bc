/**
 * A list of invitations as JSON text. PostgreSQL writes it: reading a hundred rows value by value and writing them again
 * would be most of what a list costs. Put in here are the names of roles, from the template in memory. Nothing else wants
 * escapes: neither ids nor addresses have quotes or backslashes in them (address.ts). What is said of each is what `present`
 * says, and its status is statusAt.
 */
import { type Queries, type Statement, sql } from '../../db/db.ts';
import { namedRoles, type Template, templateOf } from '../roles/template.ts';
import { conditions, type InvitationFilter } from './find.ts';
import { isOpen, templateVersion } from './rows.ts';

/** `json`: the items, comma-separated, without the brackets. */
export type Slice = { readonly json: string; readonly count: number; readonly last: Place | undefined };
/** Where a slice ended, and the next one begins. */
type Place = { readonly createdAt: number; readonly id: string };
type Row = { version: number; count: number; text: string | null };

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
    select ${templateVersion(tenantId)}, count(*) as count, string_agg(item, ',') as text from (
      select ${item(tenantId, at)} as item from invitations i where ${conditions(tenantId, filter, at)} ${beyond}
       order by i.created_at desc, i.id desc ${range}) listed`);
  const { version, count, text } = row!;
  if (text === null) return { json: '', count: 0, last: undefined };
  const json = completed(text, await templateOf(db, tenantId, version));
  return { json, count, last: placeOf(json) };
}

const orNull = (column: Statement) => sql`coalesce('"' || ${column} || '"', 'null')`;

/** The ids of roles stand between unit separators. */
const item = (tenantId: string, at: number): Statement => sql`
  ${`{"tenantId":${JSON.stringify(tenantId)},"id":"`} || i.id || '","inviterId":' || ${orNull(sql`i.inviter_id`)} ||
  ',"invitee":"' || i.invitee || '","acceptedUserId":' || ${orNull(sql`i.accepted_user_id`)} ||
  ',"organizationId":"' || i.organization_id || '","status":"' ||
  case when ${isOpen} then case when i.expires_at > ${at} then 'Pending","createdAt":' else 'Expired","createdAt":' end
       when i.accepted_at is not null then 'Accepted","createdAt":' when i.rejected_at is not null then 'Rejected","createdAt":'
       when i.revoked_at is not null then 'Revoked","createdAt":' else 'Expired","createdAt":' end ||
  i.created_at || ',"updatedAt":' || i.updated_at || ',"expiresAt":' || i.expires_at || ',"organizationRoles":\u001f' ||
  case cardinality(i.role_ids) when 0 then '\u001f}' when 1 then i.role_ids[1] || '\u001f}' else array_to_string(i.role_ids, ',') || '\u001f}' end`;

function completed(text: string, template: Template): string {
  const pieces = text.split('\u001f');
  const rolesOf = remembering((ids) =>
    JSON.stringify(namedRoles(template, ids === '' ? [] : ids.split(','))),
  );
  for (let index = 1; index < pieces.length; index += 2) pieces[index] = rolesOf(pieces[index]!);
  return pieces.join('');
}

/** Of the last item. In what somebody named no quotes stand unescaped. */
function placeOf(json: string): Place {
  const { createdAt, id } = JSON.parse(json.slice(json.lastIndexOf('{"tenantId":'))) as Place;
  return { createdAt, id };
}

/** In a list the same few come again and again. */
function remembering(make: (key: string) => string): (key: string) => string {
  const made = new Map<string, string>();
  return (key) => {
    const known = made.get(key) ?? make(key);
    made.set(key, known);
    return known;
  };
}
