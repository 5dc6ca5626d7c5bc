/**
 * Signing out as applications of this door ask for it. Which application asks is said by an ID token of this door, over
 * or not; without one, by the address to return to, which exactly one has registered. The rest is done where all
 * sessions end.
 */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { findPlaces } from '../../../domain/applications/places.ts';
import { isRegistered } from '../../../domain/applications/redirect-uris.ts';
import type { ScalekitDoor } from '../door.ts';
import { sendNotice, textsOf } from './authorize.ts';
import { verified } from './keys.ts';
import type { Parameters } from './parameters.ts';

export async function signOut(
  door: ScalekitDoor,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const parameters = request.query as Parameters;
  const given = (name: string) => (typeof parameters[name] === 'string' ? parameters[name] : undefined);
  const [hint, target] = [given('id_token_hint'), given('post_logout_redirect_uri')];
  const clientId = hint ? await clientOf(door, hint) : target ? await whoReturnsTo(door, target) : undefined;
  if (hint && clientId === undefined) return sendNotice(door, request, reply, 'bad-request');
  if (target && clientId === undefined) return sendNotice(door, request, reply, 'unknown-redirect');
  const query = new URLSearchParams();
  const on = {
    client_id: clientId,
    post_logout_redirect_uri: target,
    state: given('state'),
    ui_locales: given('ui_locales'),
  };
  for (const [name, value] of Object.entries(on)) if (value) query.set(name, value);
  return reply.redirect(`${door.publicUrl}/oidc/session/end?${query}`, 303);
}

/** A token says who asked for it long after it has expired. */
const longest = '3650 days';

async function clientOf(door: ScalekitDoor, token: string): Promise<string | undefined> {
  const currentDate = new Date(door.clock());
  const claims = await verified(door, token, { typ: 'JWT', clockTolerance: longest, currentDate });
  return typeof claims?.azp === 'string' ? claims.azp : undefined;
}

async function whoReturnsTo({ db, tenantId }: ScalekitDoor, target: string): Promise<string | undefined> {
  const applications = await findPlaces(db, tenantId, null);
  const found = applications.filter(({ metadata, type }) =>
    isRegistered(target, textsOf(metadata.postLogoutRedirectUris), type === 'Native'),
  );
  return found[0]?.id;
}
