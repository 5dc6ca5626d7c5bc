/** Users: made, read, changed, suspended, deleted. Addresses and phone numbers arrive in normal form. */
import type { Act } from '../../act.ts';
import { type Queries, type Statement, sql, violation } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { newId } from '../ids.ts';
import { given } from '../page.ts';
import { refuse } from '../refusal.ts';
import { endingAll, endingGrants } from '../sessions/sessions.ts';

export type User = {
  id: string;
  username: string | null;
  primaryEmail: string | null;
  primaryPhone: string | null;
  name: string | null;
  avatar: string | null;
  customData: Record<string, unknown>;
  identities: object;
  lastSignInAt: number | null;
  createdAt: number;
  updatedAt: number;
  profile: Record<string, unknown>;
  applicationId: string | null;
  cimdClientId: null;
  isSuspended: boolean;
  hasPassword: boolean;
};

export type UserInput = {
  username?: string | null | undefined;
  primaryEmail?: string | null | undefined;
  primaryPhone?: string | null | undefined;
  name?: string | null | undefined;
  avatar?: string | null | undefined;
  customData?: object | undefined;
  profile?: object | undefined;
  /** What the application calls the person. */
  externalId?: string | null | undefined;
  passwordDigest?: string | undefined;
  passwordAlgorithm?: string | undefined;
};

/** Columns of the row `u` as a User. */
export const userColumns = sql`u.id, u.username, u.primary_email as "primaryEmail", u.primary_phone as "primaryPhone", u.name,
  u.avatar, u.custom_data as "customData", u.identities, u.last_sign_in_at as "lastSignInAt", u.created_at as "createdAt",
  u.updated_at as "updatedAt", u.profile, u.application_id as "applicationId", null as "cimdClientId",
  u.suspended_at is not null as "isSuspended", u.password_digest is not null as "hasPassword"`;

/** Refuses: user.email_taken, user.username_taken, user.external_id_taken, user.phone_taken. */
export async function createUser(act: Act, input: UserInput): Promise<User> {
  const user = await act.db
    .first<User>(sql`
      with u as (
        insert into users (tenant_id, id, username, primary_email, primary_phone, name, avatar, custom_data, profile,
                           external_id, password_digest, password_algorithm, created_at, updated_at)
        values (${act.tenantId}, ${newId(act.at)}, ${input.username || null}, ${input.primaryEmail || null}, ${input.primaryPhone || null},
                ${input.name || null}, ${input.avatar || null}, ${input.customData ?? {}}, ${input.profile ?? {}},
                ${input.externalId || null}, ${input.passwordDigest ?? null}, ${input.passwordAlgorithm ?? null}, ${act.at}, ${act.at})
        returning *
      ), happened as (
        select null as organization_id, id as subject_id, jsonb_build_object('userId', id) as data from u
      ), ${recorded(act, 'user.created')}
      select ${userColumns} from u`)
    .catch(taken);
  return user!;
}

export async function getUser(db: Queries, tenantId: string, id: string): Promise<User> {
  const user = await db.first<User>(
    sql`select ${userColumns} from users u where tenant_id = ${tenantId} and id = ${id}`,
  );
  return user ?? refuse('user.not_found', { id });
}

/** Replaces what is given; empty text and null clear. Refuses: user.not_found and as creating does. */
export async function changeUser(act: Act, id: string, change: UserInput): Promise<User> {
  const c = given(change);
  const text = (column: Statement, field: keyof UserInput) =>
    sql`case when ${field in c}::boolean then ${(c[field] as string | null | undefined) || null} else ${column} end`;
  const user = await act.db
    .first<User>(sql`
      with u as (
        update users set username = ${text(sql`username`, 'username')}, primary_email = ${text(sql`primary_email`, 'primaryEmail')},
               primary_phone = ${text(sql`primary_phone`, 'primaryPhone')}, name = ${text(sql`name`, 'name')},
               avatar = ${text(sql`avatar`, 'avatar')}, custom_data = coalesce(${c.customData ?? null}::jsonb, custom_data),
               profile = coalesce(${c.profile ?? null}::jsonb, profile),
               external_id = ${text(sql`external_id`, 'externalId')},
               password_digest = ${text(sql`password_digest`, 'passwordDigest')},
               password_algorithm = ${text(sql`password_algorithm`, 'passwordAlgorithm')}, updated_at = ${act.at}
         where tenant_id = ${act.tenantId} and id = ${id} returning *
      ), happened as (
        select null as organization_id, id as subject_id, jsonb_build_object('userId', id, 'changed',
               ${Object.keys(c)}::text[]) as data from u
      ), ${recorded(act, 'user.updated')}
      select ${userColumns} from u`)
    .catch(taken);
  return user ?? refuse('user.not_found', { id });
}

/** Adds top-level keys to custom data or profile; those named anew are replaced. Returns all of it. Refuses: user.not_found. */
export async function mergeUserData(
  act: Act,
  id: string,
  field: 'customData' | 'profile',
  data: object,
): Promise<object> {
  const column = field === 'customData' ? sql`custom_data` : sql`profile`;
  const row = await act.db.first<{ merged: object }>(sql`
    with u as (
      update users set ${column} = ${column} || ${data}::jsonb, updated_at = ${act.at}
       where tenant_id = ${act.tenantId} and id = ${id} returning id, ${column} as merged
    ), happened as (
      select null as organization_id, id as subject_id, jsonb_build_object('userId', id, 'changed', jsonb_build_array(${field}::text)) as data from u
    ), ${recorded(act, 'user.updated')}
    select merged from u`);
  return row?.merged ?? refuse('user.not_found', { id });
}

/** Suspended people are let in nowhere, by no path (rule 17): sessions, grants and tokens end. Refuses: user.not_found. */
export async function setSuspended(act: Act, id: string, isSuspended: boolean): Promise<User> {
  const user = await act.db.first<User>(sql`
    with u as (
      update users set suspended_at = case when ${isSuspended}::boolean then coalesce(suspended_at, ${act.at}::bigint) end, updated_at = ${act.at}
       where tenant_id = ${act.tenantId} and id = ${id} returning *
    ), ${endingAll(act, sql`select id from u where suspended_at is not null`)}, happened as (
      select null as organization_id, id as subject_id, jsonb_build_object('userId', id) as data from u
    ), ${recorded(act, isSuspended ? 'user.suspended' : 'user.reinstated')}
    select ${userColumns} from u`);
  return user ?? refuse('user.not_found', { id });
}

/** Deletes the person with all memberships; the invitations they sent stay (rule 17). Refuses: user.not_found. */
export async function deleteUser(act: Act, id: string): Promise<void> {
  const gone = await act.db.first(sql`
    with gone as (
      delete from users where tenant_id = ${act.tenantId} and id = ${id} returning id
    ), ${endingGrants(act, sql`select id from gone`)}, happened as (
      select null as organization_id, id as subject_id, jsonb_build_object('userId', id, 'organizationIds',
             (select coalesce(jsonb_agg(organization_id), '[]') from members
               where tenant_id = ${act.tenantId} and user_id = ${id})) as data from gone
    ), ${recorded(act, 'user.deleted')}
    select id from gone`);
  if (!gone) refuse('user.not_found', { id });
}

export function taken(error: unknown): never {
  switch (violation(error)?.constraint) {
    case 'users_primary_email':
      return refuse('user.email_taken', {}, error);
    case 'users_username':
      return refuse('user.username_taken', {}, error);
    case 'users_external_id':
      return refuse('user.external_id_taken', {}, error);
    case 'users_primary_phone':
      return refuse('user.phone_taken', {}, error);
    default:
      throw error;
  }
}
