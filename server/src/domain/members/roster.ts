/**
 * Who belongs to an organization, or is invited to: its members and the people with an open invitation, in one list by
 * the person's id, whatever becomes of an invitation while somebody turns the pages. Invited addresses that are nobody's
 * yet are not people; lists of invitations show them.
 */
import { type Queries, type Statement, sql } from '../../db/db.ts';
import { isOpen, templateVersion } from '../invitations/rows.ts';
import { matching } from '../page.ts';
import { refuse } from '../refusal.ts';

export type Person = {
  readonly id: string;
  readonly address: string | null;
  readonly externalId: string | null;
  readonly name: string | null;
  readonly username: string | null;
  readonly avatar: string | null;
  readonly phone: string | null;
  readonly profile: Readonly<Record<string, unknown>>;
  readonly customData: Readonly<Record<string, unknown>>;
  readonly isVerified: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly lastSignInAt: number | null;
};

/** `invited`: by an invitation that is pending; `lapsed`: by one that expired and was neither closed nor renewed. */
export type Belonging = {
  readonly organizationId: string;
  readonly standing: 'member' | 'out' | 'invited' | 'lapsed';
  readonly roleIds: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly joinedAt: number | null;
  readonly belongsSince: number;
  /** Of the invitation while it is open, or of a membership for a time. */
  readonly expiresAt: number | null;
  readonly inviter: string | null;
  readonly cameBy: 'invitation' | 'domain' | 'link' | 'request' | null;
};

type Found = { version: number; organization: string | null; total: number; lines: string | null };
export type RosterRow = Person & Belonging & { readonly organization: string };

/** Columns of the row `u` as a Person. */
export const personColumns = sql`u.id, u.primary_email as address, u.external_id as "externalId", u.name, u.username, u.avatar,
  u.primary_phone as phone, u.profile, u.custom_data as "customData", u.email_verified_at is not null as "isVerified",
  u.created_at as "createdAt", u.updated_at as "updatedAt", u.last_sign_in_at as "lastSignInAt"`;

const membership = (at: number): Statement => sql`
  m.user_id as person, m.organization_id as "organizationId",
  case when m.suspended_at is not null or m.expires_at <= ${at} then 'out' else 'member' end as standing,
  m.role_ids as "roleIds",
  m.metadata, m.joined_at as "joinedAt", coalesce(i.created_at, m.joined_at) as "belongsSince", m.expires_at as "expiresAt",
  coalesce(i.inviter_email, v.primary_email) as inviter, case when m.invitation_id is null then m.came_by else 'invitation' end as "cameBy"`;

/** How the membership `m` came about; row by row, as there are few and the tables are large. */
const origin = sql`
  left join lateral (select * from invitations i where i.tenant_id = m.tenant_id and i.id = m.invitation_id limit 1) i on true
  left join lateral (select * from users v where v.tenant_id = i.tenant_id and v.id = i.inviter_id limit 1) v on true`;

/** Of the open invitation `i` of a `person`. */
const invitation = (at: number): Statement => sql`
  i.person, i.organization_id as "organizationId", case when i.expires_at > ${at} then 'invited' else 'lapsed' end as standing,
  i.role_ids as "roleIds", i.membership_metadata as metadata, null::bigint as "joinedAt", i.created_at as "belongsSince",
  i.expires_at as "expiresAt", coalesce(i.inviter_email, v.primary_email) as inviter, 'invitation' as "cameBy"`;

const inviterOfIt = sql`left join users v on v.tenant_id = i.tenant_id and v.id = i.inviter_id`;

/** Whoever was a member for a time that is over, and is invited again, is shown as invited. */
const isNoMember = (at: number): Statement => sql`not exists (
  select from members k where k.tenant_id = i.tenant_id and k.organization_id = i.organization_id and k.user_id = u.id
     and coalesce(k.expires_at > ${at}, true))`;
const isNotInvitedAgain = (
  at: number,
): Statement => sql`not (coalesce(m.expires_at <= ${at}, false) and exists (
  select from invitations i where i.tenant_id = m.tenant_id and i.organization_id = m.organization_id
     and i.invitee = (select primary_email from users x where x.tenant_id = m.tenant_id and x.id = m.user_id) and ${isOpen}))`;

export type RosterPage = {
  readonly limit: number;
  /** The person after whom, or before whom, it goes on. */
  readonly beyond?: { readonly id: string; readonly backwards: boolean } | undefined;
  /** A part of the address, the id or the external id. */
  readonly text?: string | undefined;
};

/**
 * In the order of ids, or backwards; and how many there are in all. Refuses: organization.not_found.
 *
 * The open invitations of an organization are found first, and each person by the address: people in the order of ids,
 * looked at for an invitation one by one, would be everybody.
 */
export async function findRoster(
  db: Queries,
  tenantId: string,
  organizationId: string,
  { limit, beyond, text }: RosterPage,
  at: number,
): Promise<{ rows: RosterRow[]; total: number; version: number }> {
  const from = (column: Statement): Statement =>
    beyond === undefined
      ? sql``
      : beyond.backwards
        ? sql`and ${column} < ${beyond.id}`
        : sql`and ${column} > ${beyond.id}`;
  const order = (column: Statement): Statement =>
    beyond?.backwards ? sql`order by ${column} desc` : sql`order by ${column}`;
  const isSought = text === undefined ? sql`` : sql`and ${seeking(text)}`;
  const members = sql`
    from members m ${text === undefined ? sql`` : sql`join users u on u.tenant_id = m.tenant_id and u.id = m.user_id ${isSought}`}
   where m.tenant_id = ${tenantId} and m.organization_id = ${organizationId} and ${isNotInvitedAgain(at)}`;
  const row = await db.first<Found>(sql`
    with invited as materialized (
      select u.id as person, i.* from invitations i
       cross join lateral (select * from users u where u.tenant_id = i.tenant_id and u.primary_email = i.invitee ${isSought} limit 1) u
       where i.tenant_id = ${tenantId} and i.organization_id = ${organizationId} and ${isOpen} and ${isNoMember(at)}
    ), listed as (
      (select ${membership(at)} from (
         select m.* ${members} ${from(sql`m.user_id`)} ${order(sql`m.user_id`)} limit ${limit}::int) m ${origin})
      union all
      (select ${invitation(at)} from (
         select * from invited i where true ${from(sql`i.person`)} ${order(sql`i.person`)} limit ${limit}::int) i ${inviterOfIt})
    )
    select ${templateVersion(tenantId)}, (select name from organizations where tenant_id = ${tenantId} and id = ${organizationId}) as organization,
           (select count(*) ${members}) + (select count(*) from invited) as total,
           (select string_agg(${line}, chr(30) ${order(sql`l.person`)}) from (select * from listed ${order(sql`person`)} limit ${limit}::int) l
              join users u on u.tenant_id = ${tenantId} and u.id = l.person) as lines`);
  const { version, organization, total, lines } = row!;
  if (organization === null) refuse('organization.not_found', { id: organizationId });
  const rows =
    lines === null ? [] : lines.split('\u001e').map((each) => rowOf(each, organizationId, organization));
  return { rows, total, version };
}

/**
 * The rows come as one text: reading a hundred of them value by value is most of what the list costs. What stands between
 * values and between rows is nothing that anybody sees, and is left out where somebody wrote it.
 */
const visible = (column: Statement): Statement => sql`translate(${column}, chr(30) || chr(31), '')`;
const unit = sql`chr(31)`;
const line = sql`concat(u.id, ${unit}, u.primary_email, ${unit}, ${visible(sql`u.external_id`)}, ${unit}, ${visible(sql`u.name`)}, ${unit},
  ${visible(sql`u.username`)}, ${unit}, ${visible(sql`u.avatar`)}, ${unit}, ${visible(sql`u.primary_phone`)}, ${unit}, u.profile, ${unit},
  u.custom_data, ${unit}, u.email_verified_at is not null, ${unit}, u.created_at, ${unit}, u.updated_at, ${unit}, u.last_sign_in_at, ${unit},
  l.standing, ${unit}, array_to_string(l."roleIds", ','), ${unit}, l.metadata, ${unit}, l."joinedAt", ${unit}, l."belongsSince", ${unit},
  l."expiresAt", ${unit}, ${visible(sql`l.inviter`)}, ${unit}, l."cameBy")`;

function rowOf(text: string, organizationId: string, organization: string): RosterRow {
  const v = text.split('\u001f');
  return {
    id: v[0]!,
    address: v[1] || null,
    externalId: v[2] || null,
    name: v[3] || null,
    username: v[4] || null,
    avatar: v[5] || null,
    phone: v[6] || null,
    profile: objectOf(v[7]!),
    customData: objectOf(v[8]!),
    isVerified: v[9] === 't',
    createdAt: Number(v[10]),
    updatedAt: Number(v[11]),
    lastSignInAt: numberOf(v[12]!),
    organizationId,
    organization,
    standing: v[13] as Belonging['standing'],
    roleIds: v[14] === '' ? none : v[14]!.split(','),
    metadata: objectOf(v[15]!),
    joinedAt: numberOf(v[16]!),
    belongsSince: Number(v[17]),
    expiresAt: numberOf(v[18]!),
    inviter: v[19] || null,
    cameBy: (v[20] || null) as Belonging['cameBy'],
  };
}

const none: readonly string[] = [];
const empty = {};
const objectOf = (text: string): Readonly<Record<string, unknown>> =>
  text === '{}' ? empty : JSON.parse(text);
const numberOf = (text: string): number | null => (text === '' ? null : Number(text));

const seeking = (text: string): Statement =>
  matching(text, sql`u.primary_email`, sql`u.id`, sql`u.external_id`);

/** Refuses: user.not_found. */
export async function getPerson(db: Queries, tenantId: string, id: string): Promise<Person> {
  const person = await db.first<Person>(
    sql`select ${personColumns} from users u where u.tenant_id = ${tenantId} and u.id = ${id}`,
  );
  return person ?? refuse('user.not_found', { id });
}

/** Refuses: user.not_found. */
export async function idByExternalId(db: Queries, tenantId: string, externalId: string): Promise<string> {
  const user = await db.first<{ id: string }>(
    sql`select id from users where tenant_id = ${tenantId} and external_id = ${externalId}`,
  );
  return user?.id ?? refuse('user.not_found', { externalId });
}

/** People of the tenant in the order of ids, or backwards; and how many there are in all. */
export async function findPeople(db: Queries, tenantId: string, { limit, beyond, text }: RosterPage) {
  const isSought = text === undefined ? sql`` : sql`and ${seeking(text)}`;
  const range =
    beyond === undefined
      ? sql`order by u.id`
      : beyond.backwards
        ? sql`and u.id < ${beyond.id} order by u.id desc`
        : sql`and u.id > ${beyond.id} order by u.id`;
  const [rows, count] = await Promise.all([
    db.rows<Person>(
      sql`select ${personColumns} from users u where u.tenant_id = ${tenantId} ${isSought} ${range} limit ${limit}::int`,
    ),
    db.first<{ total: number }>(
      sql`select count(*) as total from users u where u.tenant_id = ${tenantId} ${isSought}`,
    ),
  ]);
  return { rows, total: count!.total };
}

type Belongings = {
  readonly of: ReadonlyMap<string, readonly (Belonging & { readonly organization: string })[]>;
  /** Of the template that names the roles. */
  readonly version: number;
};

/** Where each of these people belongs, the earliest first; only in this organization where one is named. */
export async function findBelongings(
  db: Queries,
  tenantId: string,
  userIds: readonly string[],
  at: number,
  organizationId?: string | undefined,
): Promise<Belongings> {
  const there = (column: Statement): Statement =>
    organizationId === undefined ? sql`` : sql`and ${column} = ${organizationId}`;
  const [rows, template] = await Promise.all([
    db.rows<Belonging & { person: string; organization: string }>(sql`
      with listed as (
        select ${membership(at)} from members m ${origin}
         where m.tenant_id = ${tenantId} and m.user_id = any(${userIds}::text[]) ${there(sql`m.organization_id`)} and ${isNotInvitedAgain(at)}
        union all
        select ${invitation(at)} from (select u.id as person, i.* from users u join invitations i on i.tenant_id = u.tenant_id and i.invitee = u.primary_email
         where u.tenant_id = ${tenantId} and u.id = any(${userIds}::text[]) ${there(sql`i.organization_id`)} and ${isOpen} and ${isNoMember(at)}) i ${inviterOfIt}
      )
      select l.*, o.name as organization
        from listed l join organizations o on o.tenant_id = ${tenantId} and o.id = l."organizationId"
       order by l."belongsSince", o.id`),
    db.first<{ version: number }>(sql`select ${templateVersion(tenantId)}`),
  ]);
  return { of: Map.groupBy(rows, ({ person }) => person), version: template!.version };
}
