/** Name and picture. Of all that a form may carry only these two are read. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { changeUser } from '../../../domain/users/users.ts';
import { fieldOf } from '../fields.ts';
import { webPicture } from '../look.ts';
import { type AccountScene, actor, done, type inAccount } from './account-scene.ts';
import { sendOverview } from './overview.ts';

export function profileRoutes(app: FastifyInstance, on: ReturnType<typeof inAccount>): void {
  app.post('/account/profile', on(save));
}

async function save(scene: AccountScene): Promise<FastifyReply> {
  const name = fieldOf(scene.request, 'name', 128).trim();
  const avatar = fieldOf(scene.request, 'avatar', 2048).trim();
  if (avatar !== '' && !webPicture(avatar))
    return sendOverview(scene, 400, { name, avatar, avatarProblem: scene.said.profile.avatarBad });
  await scene.door.acting(actor(scene), (act) => changeUser(act, scene.person.id, { name, avatar }));
  return done(scene, 'profile');
}
