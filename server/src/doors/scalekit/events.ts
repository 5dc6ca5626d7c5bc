/**
 * The list of events: the journal, newest first, in the words of webhooks. What is told of organizations and people there
 * is how they are now. An event about several people is one for each.
 */
import type { JsonObject } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import { type Statement, sql } from '../../db/db.ts';
import type { EventContext } from '../../outbox/webhook/format.ts';
import { type EventFilter, type EventsService, ObjectType, Source } from './descriptors.ts';
import type { ScalekitDoor } from './door.ts';
import { envelopeOf, kinds } from './event-form.ts';
import { pageOf, pagesOf, within } from './paging.ts';
import { timestampOf } from './times.ts';

type Row = {
  id: string;
  /** Which of the event's people it is about, counted from 1; 0: nobody in particular. */
  number: number;
  at: number;
  type: string;
  organizationId: string | null;
  subjectId: string | null;
  userId: string | null;
  /** It came with another that the entry is about. */
  isImplied: boolean;
  data: Record<string, unknown>;
  context: EventContext;
};

export const events = (door: ScalekitDoor): Partial<ServiceImpl<typeof EventsService>> => ({
  async listEventsPaginated({ filter, ...ask }) {
    const page = pageOf(ask, `events ${JSON.stringify(filter ?? null, plainly)}`);
    const rows = await find(door, filter, page);
    const { items, ...tokens } = pagesOf(page, rows, ({ id, number }) => [id, number]);
    return { ...tokens, events: items.map((row) => present(door.tenantId, row)) };
  },
});

const plainly = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

/** The journal's word for it, and under which of ours it is known: who accepts becomes a member. */
const meanings: readonly (readonly [entry: string, type: string])[] = [
  ...Object.values(kinds).flatMap(({ types }) => types.map((type) => [type, type] as const)),
  ['invitation.accepted', 'membership.created'],
  ['join_request.approved', 'membership.created'],
];

async function find(
  door: ScalekitDoor,
  filter: EventFilter | undefined,
  page: ReturnType<typeof pageOf>,
): Promise<Row[]> {
  const { db, tenantId } = door;
  const wanted = filter?.eventTypes.length ? filter.eventTypes : Object.keys(kinds);
  const types = new Set(wanted.flatMap((name) => (Object.hasOwn(kinds, name) ? kinds[name]!.types : [])));
  const known = meanings.filter(([, type]) => types.has(type));
  const about = await aboutOf(door, filter);
  if (known.length === 0 || !about) return [];
  const { condition, order, limit } = within(page, [sql`j.id`, sql`p.number`], 'desc');
  // The same by the journal's own key, which it has an index for.
  const from = page.from?.key[0];
  const near =
    from === undefined ? sql`true` : page.from!.isBackwards ? sql`j.id >= ${from}` : sql`j.id <= ${from}`;
  return db.rows<Row>(sql`
    select e.*, webhook_context(${tenantId}, e.type, e."organizationId", e."subjectId", case when e."userId" is null then '{}' else array[e."userId"] end,
                                e.data) || jsonb_build_object('by', e.by) as context
      from (
        select j.id, p.number::int as number, j.at, k.type, j.organization_id as "organizationId", j.subject_id as "subjectId", p.user_id as "userId",
               coalesce(j.data, '{}') as data, k.entry <> k.type as "isImplied", split_part(j.actor, ':', 1) as by
          from journal j
          join unnest(${known.map(([entry]) => entry)}::text[], ${known.map(([, type]) => type)}::text[]) k(entry, type) on k.entry = j.type
         cross join lateral (
           select u.id, case when count(*) over () > 1 then u.number else 0 end
             from jsonb_array_elements_text(case when k.type like 'membership.%' then j.data->'userIds' end) with ordinality u(id, number)
           union all
           select j.data->>'userId', 0 where k.type not like 'membership.%' or not j.data ? 'userIds'
         ) p(user_id, number)
         where j.tenant_id = ${tenantId} and ${about} and ${near} and ${condition}
           and (k.type <> 'user.created' or split_part(j.actor, ':', 1) in ('user', 'invitee'))
         order by ${order} ${limit}
      ) e order by ${page.from?.isBackwards ? sql`e.id, e.number` : sql`e.id desc, e.number desc`}`);
}

/** Undefined: nothing can be about what is asked for. */
async function aboutOf(
  { ids }: ScalekitDoor,
  filter: EventFilter | undefined,
): Promise<Statement | undefined> {
  if (!filter) return sql`true`;
  // Directories, connections, interceptors and requests to sign in leave no events here.
  const { authRequestId, interceptorId, interceptorStatus, interceptorDecision } = filter;
  const { connectionId, connectedAccountId, organizationId, source } = filter;
  const ofOthers = [authRequestId, interceptorId, interceptorStatus, interceptorDecision];
  if (source === Source.DIR_SYNC || [...ofOthers, connectionId, connectedAccountId].some(Boolean))
    return undefined;
  const from = filter.startTime ? timestampMs(filter.startTime) : null;
  const to = filter.endTime ? timestampMs(filter.endTime) : null;
  const time = sql`(${from}::bigint is null or j.at >= ${from}::bigint) and (${to}::bigint is null or j.at <= ${to}::bigint)`;
  if (!organizationId) return time;
  const id = await ids.organization(organizationId).catch(() => undefined);
  if (id !== undefined) return sql`j.organization_id = ${id} and ${time}`;
  // One that has gone is known by the same number.
  const number = /^org_(\d{19})$/.exec(organizationId)?.[1];
  if (number === undefined || number > '9223372036854775807') return undefined;
  return sql`public_number(j.organization_id) = ${number}::bigint and ${time}`;
}

function present(tenantId: string, row: Row) {
  const { userId, number, isImplied, ...event } = row;
  const told = envelopeOf({
    ...event,
    id: `${row.id}${isImplied ? '-1' : ''}${number > 0 ? `.${number}` : ''}`,
    tenantId,
    userIds: userId === null ? [] : [userId],
  })!;
  return {
    specVersion: told.spec_version,
    id: told.id,
    type: told.type,
    occurredAt: timestampOf(row.at),
    environmentId: told.environment_id,
    organizationId: told.organization_id,
    object: ObjectType[told.object as keyof typeof ObjectType],
    data: told.data as JsonObject,
    displayName: told.display_name,
  };
}
