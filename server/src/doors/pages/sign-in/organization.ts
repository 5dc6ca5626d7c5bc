/**
 * Choosing the organization that an application gets tokens for: one of those that the person belongs to, or one that
 * has invited them, which joining makes one of them. Every answer is judged again where it leads.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { sql } from '../../../db/db.ts';
import { acceptOwn } from '../../../domain/invitations/accept-own.ts';
import { findWaitingFor } from '../../../domain/invitations/find-for-person.ts';
import { Refusal } from '../../../domain/refusal.ts';
import type { Flow } from '../../flows.ts';
import { fieldOf } from '../fields.ts';
import type { PagesDoor } from '../index.ts';
import { accountWording } from '../wording/account.ts';
import { accountName } from './account-name.ts';
import { organizationPage } from './organization-page.ts';
import { sendOutdated } from './refused.ts';
import { along, inScene, type Scene, sendScene } from './scene.ts';

export function organizationRoutes(app: FastifyInstance, door: PagesDoor): void {
  const on = inScene(door);
  app.get('/organization', on(show));
  app.post('/organization', on(take));
}

type Waiting = { readonly flow: Flow; readonly userId: string };

const show = (scene: Scene): Promise<FastifyReply> => shown(scene, 200);

async function shown(scene: Scene, status: number, failure?: string): Promise<FastifyReply> {
  const waiting = waitingOf(scene);
  if (!waiting) return elsewhere(scene);
  const { door } = scene;
  const [account, organizations, invitations] = await Promise.all([
    accountName(door, waiting.userId),
    findOrganizations(door, waiting.userId),
    findWaitingFor(door.db, door.tenantId, waiting.userId, door.clock()),
  ]);
  return sendScene(scene, status, organizationPage(scene, { account, organizations, invitations, failure }));
}

async function take(scene: Scene): Promise<FastifyReply> {
  const waiting = waitingOf(scene);
  if (!waiting) return elsewhere(scene);
  const { door, request, reply } = scene;
  const { flow, userId } = waiting;
  const invitation = fieldOf(request, 'invitation', 64);
  try {
    const organizationId = invitation
      ? await door.acting({ kind: 'user', id: userId }, (act) =>
          acceptOwn(act, invitation, scene.visit.session!),
        )
      : fieldOf(request, 'organization', 64);
    if (!organizationId) return shown(scene, 400);
    return reply.redirect(await door.flows.chose(flow.uid, userId, organizationId), 303);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // A passkey that has to come first is told of on the invitation's own page.
    if (error.code === 'invitation.passkey_first') return reply.redirect(`/invitation/${invitation}`, 303);
    const said = accountWording[scene.language].invitations;
    const told: Partial<Record<Refusal['code'], string>> = {
      'invitation.ended': said.ended,
      'invitation.not_found': said.ended,
      'seats.full': said.full,
      'organization.disabled': said.closed,
    };
    return shown(scene, 422, told[error.code] ?? said.waiting);
  }
}

/** Who has to choose: whoever is signed in here, and nobody else for them. */
function waitingOf({ flow, visit }: Scene): Waiting | undefined {
  const userId = flow?.wants === 'organization' ? flow.choice?.userId : undefined;
  return flow && userId !== undefined && userId === visit.session?.userId ? { flow, userId } : undefined;
}

async function elsewhere(scene: Scene): Promise<FastifyReply> {
  if (!scene.flow) return sendOutdated(scene);
  return scene.reply.redirect(along('/sign-in', scene.way), 303);
}

/** Those in which the membership holds, by name. */
const findOrganizations = ({ db, tenantId, clock }: PagesDoor, userId: string) =>
  db.rows<{ id: string; name: string }>(sql`
    select o.id, o.name from members m
      join organizations o on o.tenant_id = m.tenant_id and o.id = m.organization_id and o.disabled_at is null
     where m.tenant_id = ${tenantId} and m.user_id = ${userId} and m.suspended_at is null and coalesce(m.expires_at > ${clock()}, true)
     order by o.name, o.id limit 200`);
