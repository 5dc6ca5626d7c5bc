/** Offers of ownership that wait for the person's answer. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import {
  acceptOwnership,
  declineOwnership,
  findTransfersTo,
  type OfferedTo,
} from '../../../domain/members/ownership.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { inertName } from '../../../outbox/mail/inert.ts';
import { person as isolated } from '../frame.ts';
import { type Content, html } from '../html.ts';
import { sentence } from '../sentence.ts';
import { type AccountScene, actor, done, type inAccount } from './account-scene.ts';
import { sendOverview } from './overview.ts';
import { row, section, timed } from './sections.ts';

export async function ownershipSection(scene: AccountScene, now: number): Promise<Content> {
  const { door, person, said } = scene;
  const offers = await findTransfersTo(door.db, door.tenantId, person.id, now);
  if (offers.length === 0) return undefined;
  return section(
    'ownership',
    said.ownership.title,
    html`<ul class="rows">${offers.map((offer) => offered(scene, offer, now))}</ul>`,
  );
}

function offered({ said, visit, language }: AccountScene, offer: OfferedTo, now: number): Content {
  const { ownership: words, invitations } = said;
  const name = inertName(offer.organization) || '–';
  const owner = inertName(offer.owner.name ?? '') || offer.owner.address || '–';
  const answer = (verb: 'accept' | 'decline', look: string) =>
    html`<form method="post" action="/account/ownership/${offer.id}/${verb}">${visit.formField}<button type="submit" class="small ${look}" aria-label="${words[verb]}: ${name}">${words[verb]}</button></form>`;
  return row(
    html`<strong>${isolated(name)}</strong><small>${sentence(words.from, { person: owner })}</small><small>${timed(invitations.until, offer.expiresAt, now, language)}</small>`,
    answer('accept', ''),
    answer('decline', 'second'),
  );
}

export function ownershipRoutes(app: FastifyInstance, on: ReturnType<typeof inAccount>): void {
  app.post(
    '/account/ownership/:id/accept',
    on((scene) => answer(scene, 'owner')),
  );
  app.post(
    '/account/ownership/:id/decline',
    on((scene) => answer(scene, 'owner-declined')),
  );
}

async function answer(scene: AccountScene, what: 'owner' | 'owner-declined'): Promise<FastifyReply> {
  const { id } = scene.request.params as { id: string };
  const { door, person, said } = scene;
  try {
    await door.acting(
      actor(scene),
      (act): Promise<unknown> =>
        what === 'owner' ? acceptOwnership(act, id, person.id) : declineOwnership(act, id, person.id),
    );
    return done(scene, what);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return sendOverview(scene, 422, { failure: said.ownership.ended });
  }
}
