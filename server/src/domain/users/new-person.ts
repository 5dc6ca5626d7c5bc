/**
 * Somebody whom an application brings in under an address that they have not proven here: an account that waits for
 * them. Common table expressions for the statements that do more with the person at once.
 */
import type { Act } from '../../act.ts';
import { type Statement, sql } from '../../db/db.ts';
import { newId } from '../ids.ts';

export type NewPerson = {
  /** An address in normal form. */
  readonly address: string;
  readonly externalId?: string | undefined;
  readonly name?: string | undefined;
  readonly avatar?: string | undefined;
  readonly phone?: string | undefined;
  readonly profile?: Readonly<Record<string, string>> | undefined;
  readonly customData?: Readonly<Record<string, unknown>> | undefined;
  /** Deleted together with the last membership or open invitation. */
  readonly leavesWithLastMembership?: boolean | undefined;
};

/**
 * `u`: the person, made where `fit` yields a row; recorded with `bothRecorded`. Whoever makes them vouches for the
 * address, or not.
 */
export const makingPerson = (act: Act, person: NewPerson, isVouchedFor: boolean): Statement => sql`u as (
    insert into users (tenant_id, id, primary_email, email_verified_at, external_id, name, avatar, primary_phone, profile, custom_data,
                       leaves_with_last_membership, created_at, updated_at)
    select fit.tenant_id, ${newId(act.at)}, ${person.address}, case when ${isVouchedFor}::boolean then ${act.at}::bigint end,
           ${person.externalId ?? null}, ${person.name || null}, ${person.avatar || null}, ${person.phone || null},
           ${person.profile ?? {}}::jsonb, ${person.customData ?? {}}::jsonb, ${person.leavesWithLastMembership ?? false}::boolean,
           ${act.at}::bigint, ${act.at}::bigint
      from fit returning *
  ), happened_before as (
    select null::text as organization_id, id as subject_id, jsonb_build_object('userId', id) as data from u
  )`;
