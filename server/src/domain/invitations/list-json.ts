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
type Row = { version: number; lines: string | null };

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
    select ${templateVersion(tenantId)}, string_agg(line, chr(10)) as lines from (
      select ${line(at)} as line from invitations i where ${conditions(tenantId, filter, at)} ${beyond}
       order by i.created_at desc, i.id desc ${range}) listed`);
  const { version, lines } = row!;
  if (lines === null) return { json: '', count: 0, last: undefined };
  return written(lines, tenantId, await templateOf(db, tenantId, version));
}

/** Between values stands what is in no id and no address: the unit separator. */
const unit = sql`chr(31)`;
const letters: Record<string, string> = {
  P: 'Pending',
  A: 'Accepted',
  J: 'Rejected',
  R: 'Revoked',
  E: 'Expired',
};

const line = (at: number): Statement => sql`
  i.id || ${unit} || coalesce(i.inviter_id, '') || ${unit} || i.invitee || ${unit} || coalesce(i.accepted_user_id, '') || ${unit} ||
  i.organization_id || ${unit} ||
  case when ${isOpen} then case when i.expires_at > ${at} then 'P' else 'E' end
       when i.accepted_at is not null then 'A' when i.rejected_at is not null then 'J'
       when i.revoked_at is not null then 'R' else 'E' end || ${unit} ||
  i.created_at || ${unit} || i.updated_at || ${unit} || i.expires_at || ${unit} ||
  case cardinality(i.role_ids) when 0 then '' when 1 then i.role_ids[1] else array_to_string(i.role_ids, ',') end`;

function written(text: string, tenantId: string, template: Template): Slice {
  const lines = text.split('\n');
  const quoted = /["\\]/.test(text) ? JSON.stringify : (value: string) => `"${value}"`;
  const orNull = (value: string) => (value === '' ? 'null' : quoted(value));
  const rolesOf = remembering((ids) =>
    JSON.stringify(namedRoles(template, ids === '' ? [] : ids.split(','))),
  );
  const head = `{"tenantId":${JSON.stringify(tenantId)},"id":`;
  let json = '';
  let last: Place | undefined;
  for (const each of lines) {
    const [id, inviter, invitee, accepted, organization, letter, created, updated, expires, roles] =
      each.split('\u001f') as [
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
    json += `${last ? ',' : ''}${head}${quoted(id)},"inviterId":${orNull(inviter)},"invitee":${quoted(invitee)},"acceptedUserId":${orNull(accepted)},"organizationId":${quoted(organization)},"status":"${letters[letter]}","createdAt":${created},"updatedAt":${updated},"expiresAt":${expires},"organizationRoles":${rolesOf(roles)}}`;
    last = { createdAt: Number(created), id };
  }
  return { json, count: lines.length, last };
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
