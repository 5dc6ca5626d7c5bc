/**
 * Who calls, by an access token of this door. The token names a session, and what it is worth is looked up every time:
 * a session that was ended, a person who was suspended or deleted, calls nothing from that moment on.
 */
import { decodeJwt } from 'jose';
import type { Actor } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import { GrantError, unauthenticated } from './errors.ts';
import type { Access, GrantDoor } from './route.ts';

/** The audience of access tokens, and the client that they are given to. */
export const audience = 'urn:usher:grant';

export type Person = {
  readonly id: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly username: string | null;
  readonly isVerified: boolean;
  readonly createdAt: number;
};

export type Registration = {
  readonly id: string;
  readonly address: string;
  readonly name: string;
  readonly proofId: string;
  readonly createdAt: number;
};

/** A person; or, until the address is proven, a registration. */
export type Caller = { readonly sessionId: string } & (
  | { readonly person: Person; readonly registration: undefined }
  | { readonly person: undefined; readonly registration: Registration }
);

/** Refuses with 401 and 403. Undefined where nobody has to say who they are, and does not. */
export async function authenticate(
  door: GrantDoor,
  authorization: string | undefined,
  access: Access,
): Promise<Caller | undefined> {
  if (access === 'nobody') return undefined;
  if (!authorization) {
    if (access === 'anybody') return undefined;
    throw unauthenticated();
  }
  const caller = await callerOf(door, await sessionIdOf(door, authorization));
  if (!caller) throw unauthenticated();
  if (access === 'person') personOf(caller);
  if (access === 'verified') verifiedOf(caller);
  return caller;
}

/** Refuses EMAIL_VERIFICATION_REQUIRED. */
export function personOf(caller: Caller | undefined): Person {
  if (!caller) throw unauthenticated();
  return caller.person ?? unverified();
}

/** The same where the address must be proven. */
export function verifiedOf(caller: Caller | undefined): Person {
  const person = personOf(caller);
  return person.isVerified ? person : unverified();
}

export const actorOf = ({ id }: Person): Actor => ({ kind: 'user', id });

const unverified = (): never => {
  throw new GrantError('EMAIL_VERIFICATION_REQUIRED', 'Verify your e-mail address first.');
};

async function sessionIdOf(door: GrantDoor, authorization: string): Promise<string> {
  const [, token] = /^bearer +(\S+)$/i.exec(authorization) ?? [];
  if (!token) throw unauthenticated();
  let claims: Awaited<ReturnType<GrantDoor['verify']>>;
  try {
    claims = await door.verify(token);
  } catch (error) {
    // An outage while looking for keys says nothing about the token.
    if (typeof (error as { reason?: unknown }).reason !== 'string') throw error;
    throw unauthenticated();
  }
  const { sid } = decodeJwt(token);
  if (claims.aud !== audience || claims.clientId !== audience || typeof sid !== 'string')
    throw unauthenticated();
  return sid;
}

type Row = {
  person: Person | null;
  registration: Registration | null;
};

async function callerOf({ db, tenantId, clock }: GrantDoor, sessionId: string): Promise<Caller | undefined> {
  const row = await db.first<Row>(sql`
    select case when u.id is not null then ${personJson} end as person,
           case when r.id is not null then json_build_object('id', r.id, 'address', r.address, 'name', r.name,
             'proofId', r.proof_id, 'createdAt', r.created_at) end as registration
      from grant_sessions s
      left join users u on u.tenant_id = s.tenant_id and u.id = s.user_id and u.suspended_at is null
      left join grant_registrations r on r.tenant_id = s.tenant_id and r.id = s.registration_id
     where s.tenant_id = ${tenantId} and s.id = ${sessionId} and s.expires_at > ${clock()}`);
  if (row?.person) return { sessionId, person: row.person, registration: undefined };
  if (row?.registration) return { sessionId, person: undefined, registration: row.registration };
  return undefined;
}

/** The row `u` of users. */
export const personJson = sql`json_build_object('id', u.id, 'name', u.name, 'email', u.primary_email, 'username', u.username,
  'isVerified', u.email_verified_at is not null, 'createdAt', u.created_at)`;

export async function findPerson(db: Queries, tenantId: string, id: string): Promise<Person | undefined> {
  const row = await db.first<{ person: Person }>(sql`
    select ${personJson} as person from users u where tenant_id = ${tenantId} and id = ${id} and suspended_at is null`);
  return row?.person;
}
