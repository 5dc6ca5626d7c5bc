/**
 * Consent. An application of the house needs none: its request goes on at once. One of somebody else's is named, with
 * what it will see and do; the person chooses the organizations, and allows or declines.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Flow, FlowConsent } from '../../flows.ts';
import { fieldOf, fieldsOf } from '../fields.ts';
import type { PagesDoor } from '../index.ts';
import { accountName } from './account-name.ts';
import { consentPage } from './consent-page.ts';
import { sendOutdated } from './refused.ts';
import { along, inScene, type Scene, sendScene } from './scene.ts';

export function consentRoutes(app: FastifyInstance, door: PagesDoor): void {
  const on = inScene(door);
  app.get('/consent', on(show));
  app.post('/consent', on(take));
}

async function show(scene: Scene): Promise<FastifyReply> {
  const waiting = consentOf(scene);
  if (!waiting) return elsewhere(scene);
  const { flow, consent } = waiting;
  if (!flow.application.isThirdParty)
    return scene.reply.redirect(await scene.door.flows.consented(flow.uid, []), 303);
  const account = await accountName(scene.door, consent.userId);
  return sendScene(scene, 200, consentPage(scene, flow, consent, account));
}

async function take(scene: Scene): Promise<FastifyReply> {
  const waiting = consentOf(scene);
  if (!waiting) return elsewhere(scene);
  const { flow, consent } = waiting;
  const { flows } = scene.door;
  if (fieldOf(scene.request, 'answer') !== 'allow')
    return scene.reply.redirect(await flows.declined(flow.uid), 303);
  const chosen = fieldsOf(scene.request, 'organization');
  const organizationIds = consent.organizations.map(({ id }) => id).filter((id) => chosen.includes(id));
  return scene.reply.redirect(await flows.consented(flow.uid, organizationIds), 303);
}

/** What there is to agree to, for the person who is signed in here: nobody agrees for somebody else. */
function consentOf({ flow, visit }: Scene): { flow: Flow; consent: FlowConsent } | undefined {
  const consent = flow?.wants === 'consent' ? flow.consent : undefined;
  return flow && consent && consent.userId === visit.session?.userId ? { flow, consent } : undefined;
}

async function elsewhere(scene: Scene): Promise<FastifyReply> {
  if (!scene.flow) return sendOutdated(scene);
  return scene.reply.redirect(along('/sign-in', scene.way), 303);
}
