/** One's own account. Every change is a POST of a form of ours, by whoever is signed in, to what is theirs. */
import type { FastifyInstance } from 'fastify';
import type { PagesDoor } from '../index.ts';
import { inAccount } from './account-scene.ts';
import { addressRoutes } from './address.ts';
import { applicationRoutes } from './applications.ts';
import { invitationAnswerRoutes } from './invitations.ts';
import { leaveRoutes } from './leave.ts';
import { sendOverview } from './overview.ts';
import { ownershipRoutes } from './ownership.ts';
import { passkeyRoutes } from './passkeys.ts';
import { passwordRoutes } from './password.ts';
import { profileRoutes } from './profile.ts';
import { requestRoutes } from './requests.ts';
import { sessionRoutes } from './sessions.ts';

export function accountRoutes(app: FastifyInstance, door: PagesDoor): void {
  const on = inAccount(door);
  app.get(
    '/account',
    on((scene) => sendOverview(scene)),
  );
  for (const routes of [
    profileRoutes,
    invitationAnswerRoutes,
    passwordRoutes,
    addressRoutes,
    passkeyRoutes,
    sessionRoutes,
    leaveRoutes,
    requestRoutes,
    ownershipRoutes,
    applicationRoutes,
  ])
    routes(app, on);
}
