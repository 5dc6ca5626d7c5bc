/**
 * Answering an invitation from the account: only one for the address that the person has proven. Accepting leads on
 * as on the invitation's own page.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { acceptInPerson } from '../../../domain/invitations/accept-in-person.ts';
import { findWaitingFor } from '../../../domain/invitations/find-for-person.ts';
import { reject } from '../../../domain/invitations/reject.ts';
import { Refusal, refuse } from '../../../domain/refusal.ts';
import { wayOnOf } from '../invitation-way-on.ts';
import { type AccountScene, actor, done, type inAccount } from './account-scene.ts';
import { sendOverview } from './overview.ts';

export function invitationAnswerRoutes(app: FastifyInstance, on: ReturnType<typeof inAccount>): void {
  app.post(
    '/account/invitations/:id/accept',
    on((scene) => answer(scene, 'joined')),
  );
  app.post(
    '/account/invitations/:id/decline',
    on((scene) => answer(scene, 'declined')),
  );
}

async function answer(scene: AccountScene, what: 'joined' | 'declined'): Promise<FastifyReply> {
  const { id } = scene.request.params as { id: string };
  const { person, door, said } = scene;
  try {
    const outcome = await door.acting(actor(scene), async (act) => {
      const [waiting] = await findWaitingFor(act.db, act.tenantId, person.id, act.at, id);
      if (!waiting) refuse('invitation.ended');
      if (what === 'declined') return void (await reject(act, id));
      const visitor = { link: undefined, hasProof: false, session: scene.session };
      return acceptInPerson(act, id, visitor, { name: undefined, browser: {} });
    });
    if (!outcome) return done(scene, what);
    // What stands in the way, or has to be done first (with a passkey, for one), is told on the invitation's own page.
    if (!outcome.done || outcome.lacksPasskey) return scene.reply.redirect(`/invitation/${id}`, 303);
    const { url } = await wayOnOf(door, id, outcome);
    return url === '/account' ? done(scene, what) : scene.reply.redirect(url, 303);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const told: Partial<Record<Refusal['code'], string>> = {
      'invitation.ended': said.invitations.ended,
      'invitation.not_found': said.invitations.ended,
      'seats.full': said.invitations.full,
      'organization.disabled': said.invitations.closed,
    };
    return sendOverview(scene, 422, { failure: told[error.code] ?? said.invitations.waiting });
  }
}
