/**
 * Who calls, by a token of this door: it is good until it expires, its application only as long as it manages the
 * tenant. A token that was found good is remembered until it ends.
 */

import { hash } from 'node:crypto';
import { Code } from '@connectrpc/connect';
import type { JWTPayload } from 'jose';
import type { ScalekitDoor } from '../door.ts';
import { failed } from '../errors.ts';
import { verified } from './keys.ts';

const most = 10_000;
const remembered = new WeakMap<ScalekitDoor, Map<string, JWTPayload>>();

/** The application that manages the tenant and calls. Refuses UNAUTHENTICATED and PERMISSION_DENIED. */
export async function authenticate(door: ScalekitDoor, authorization: string | null): Promise<string> {
  const token = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined || token.length > 8192) throw unauthenticated();
  const claims = await claimsOf(door, token);
  const { sub, client_id: clientId, oid } = claims;
  const isManager = sub !== undefined && sub === clientId && oid === undefined && (await door.mayManage(sub));
  if (!isManager)
    throw failed(Code.PermissionDenied, 'PERMISSION_DENIED', 'This token does not manage the environment.');
  return sub;
}

/** The claims of a good token of this door. Refuses UNAUTHENTICATED. */
async function claimsOf(door: ScalekitDoor, token: string): Promise<JWTPayload> {
  const known = remembered.get(door) ?? new Map<string, JWTPayload>();
  remembered.set(door, known);
  const digest = hash('sha256', token, 'base64url');
  const at = door.clock();
  const seen = known.get(digest);
  if (seen) {
    if (seen.exp! * 1000 > at) return seen;
    known.delete(digest);
    throw unauthenticated();
  }
  const claims = await check(door, token, at);
  known.set(digest, claims);
  if (known.size > most) known.delete(known.keys().next().value!);
  return claims;
}

async function check(door: ScalekitDoor, token: string, at: number): Promise<JWTPayload> {
  const asked = { typ: 'at+jwt', currentDate: new Date(at), requiredClaims: ['exp'] };
  const claims = await verified(door, token, asked);
  if (!claims) throw unauthenticated();
  return claims;
}

const unauthenticated = () =>
  failed(Code.Unauthenticated, 'UNAUTHENTICATED', 'This needs a valid access token.');
