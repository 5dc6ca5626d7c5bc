/** Browsers in which one is signed in, and signing them out from here. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { endSessions } from '../../../domain/sessions/sessions.ts';
import { fieldOf } from '../fields.ts';
import { type AccountScene, actor, done, type inAccount } from './account-scene.ts';

export function sessionRoutes(app: FastifyInstance, on: ReturnType<typeof inAccount>): void {
  app.post('/account/sessions/end', on(endOne));
  app.post('/account/sessions/end-others', on(endOthers));
}

async function endOne(scene: AccountScene): Promise<FastifyReply> {
  const uid = fieldOf(scene.request, 'uid', 64) || '-';
  await scene.door.acting(actor(scene), (act) =>
    endSessions(act, scene.person.id, { uid, except: scene.session.uid }),
  );
  return done(scene, 'session');
}

async function endOthers(scene: AccountScene): Promise<FastifyReply> {
  await scene.door.acting(actor(scene), (act) =>
    endSessions(act, scene.person.id, { except: scene.session.uid }),
  );
  return done(scene, 'sessions');
}
