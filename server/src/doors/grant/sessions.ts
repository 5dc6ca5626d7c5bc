/**
 * Tokens of this door: access tokens that live a few minutes, and refresh tokens of which the database has the SHA-256.
 * A refresh token is used once. All of a session are derived under the server's key, so that who repeats a refresh
 * whose answer was lost gets the same next one; who comes with an older one has a copy, and the session ends.
 */
import { hash } from 'node:crypto';
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { newId } from '../../domain/ids.ts';
import { audience } from './caller.ts';
import { unauthenticated } from './errors.ts';
import type { GrantDoor } from './route.ts';

export type Tokens = { readonly accessToken: string; readonly refreshToken: string };
type Holder = { readonly userId: string } | { readonly registrationId: string };

const accessLifeS = 600;
const lifeMs = 30 * 86_400_000;
/** A registration waits for its code no longer than this. */
export const registrationLifeMs = 86_400_000;
const repeatMs = 30_000;

const digestOf = (token: string): Buffer => hash('sha256', token, 'buffer');

export async function openSession(door: GrantDoor, act: Act, holder: Holder): Promise<Tokens> {
  const id = newId(act.at);
  const first = refreshToken(act, id, 1);
  const [userId, registrationId] = 'userId' in holder ? [holder.userId, null] : [null, holder.registrationId];
  await act.db.run(sql`
    insert into grant_sessions (tenant_id, id, user_id, registration_id, digest, created_at, expires_at)
    values (${act.tenantId}, ${id}, ${userId}, ${registrationId}, ${digestOf(first)}, ${act.at},
            ${act.at + (userId ? lifeMs : registrationLifeMs)})`);
  return { accessToken: await accessToken(door, id, userId ?? registrationId!), refreshToken: first };
}

/** Refuses with 401. */
export async function refresh(door: GrantDoor, act: Act, token: string): Promise<Tokens> {
  const [, id, generation] = /^([0-9a-z]{21})\.([0-9a-z]{1,6})\.[\w-]{43}$/.exec(token) ?? [];
  if (!id || !generation) throw unauthenticated('The refresh token is not valid.');
  const next = refreshToken(act, id, Number.parseInt(generation, 36) + 1);
  const [given, following] = [digestOf(token), digestOf(next)];
  const row = await act.db.first<{ holder: string }>(sql`
    update grant_sessions s set digest = ${following}, previous = ${given},
           rotated_at = case when digest = ${given} then ${act.at} else rotated_at end,
           expires_at = case when user_id is null then expires_at else ${act.at + lifeMs} end
     where s.tenant_id = ${act.tenantId} and s.id = ${id} and s.expires_at > ${act.at}
       and (s.digest = ${given}
            or (s.previous = ${given} and s.digest = ${following} and s.rotated_at > ${act.at - repeatMs}))
       and not exists (select from users u where u.tenant_id = s.tenant_id and u.id = s.user_id and u.suspended_at is not null)
    returning coalesce(user_id, registration_id) as holder`);
  if (row) return { accessToken: await accessToken(door, id, row.holder), refreshToken: next };
  // One that was genuine once and has been used: two have it, and nobody can tell who of them is right.
  if (token === refreshToken(act, id, Number.parseInt(generation, 36))) await endSession(act, id);
  throw unauthenticated('The refresh token is not valid.');
}

/** Of all generations of a session, only the newest is good for anything. */
const refreshToken = ({ keys, tenantId }: Act, id: string, generation: number): string => {
  const facts = `${id}.${generation.toString(36)}`;
  return `${facts}.${keys.mac('refresh-token', `grant:${tenantId}.${facts}`)!.toString('base64url')}`;
};

export const endSession = (act: Act, id: string): Promise<number> =>
  act.db.run(sql`delete from grant_sessions where tenant_id = ${act.tenantId} and id = ${id}`);

/** Removes what is over. */
export async function forgetSessions({ db, clock }: GrantDoor): Promise<void> {
  await db.run(sql`delete from grant_sessions where expires_at <= ${clock()}`);
  await db.run(sql`delete from grant_registrations where expires_at <= ${clock()}`);
}

const accessToken = (door: GrantDoor, sid: string, sub: string): Promise<string> =>
  door.signFor({ sub, sid, aud: audience, client_id: audience }, accessLifeS);
