/** One's passkeys: added by the script with the device, named and removed by forms. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type EnrolmentAnswer, enrolPasskey, offerEnrolment } from '../../../domain/passkeys/enrol.ts';
import { findPasskeys, namePasskey, type Passkey, removePasskey } from '../../../domain/passkeys/passkeys.ts';
import { type Site, siteOf } from '../../../domain/passkeys/site.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { fieldOf } from '../fields.ts';
import { pageHeaders } from '../frame.ts';
import { plainSentence } from '../sentence.ts';
import { answerOf } from '../sign-in/passkey.ts';
import { type AccountScene, actor, dayMs, done, type inAccount, sendAccount } from './account-scene.ts';
import { browserName } from './browser-name.ts';
import { addPage, editPage } from './passkey-pages.ts';

export function passkeyRoutes(app: FastifyInstance, on: ReturnType<typeof inAccount>): void {
  const needs = { proofWithinMs: dayMs };
  app.get('/account/passkeys', on(showAdd, needs));
  app.post('/account/passkeys', on(add, needs));
  app.post('/account/passkeys/options', on(offer, needs));
  app.get('/account/passkeys/:id', on(showEdit, needs));
  app.post('/account/passkeys/:id/name', on(name, needs));
  app.post('/account/passkeys/:id/remove', on(remove, needs));
}

const siteHere = ({ door, look }: AccountScene): Site | undefined => siteOf(door.publicUrl, look.name);

async function showAdd(scene: AccountScene): Promise<FastifyReply> {
  if (!siteHere(scene)) return scene.reply.redirect('/account', 303);
  return sendAccount(scene, 200, addPage(scene, { name: suggestedName(scene) }));
}

async function offer(scene: AccountScene): Promise<FastifyReply> {
  const site = siteHere(scene);
  if (!site) return scene.reply.code(404).send();
  const { id, name: called, address, username } = scene.person;
  const name = address ?? username ?? called ?? id;
  const options = await scene.door.acting(actor(scene), (act) =>
    offerEnrolment(act, site, { id, name, displayName: called ?? name }),
  );
  return scene.reply.headers({ ...pageHeaders(), 'cache-control': 'no-store' }).send(options);
}

async function add(scene: AccountScene): Promise<FastifyReply> {
  const { words, request } = scene;
  const site = siteHere(scene);
  const name = fieldOf(request, 'name', 128).trim() || suggestedName(scene);
  const given = fieldOf(request, 'answer', 20_000);
  const answer = answerOf<EnrolmentAnswer>(given);
  if (!site || !answer) {
    const failure = given === '' ? words.passkey.needsScript : words.passkey.failed;
    return sendAccount(scene, 400, addPage(scene, { name, failure }));
  }
  try {
    await scene.door.acting(actor(scene), (act) =>
      enrolPasskey(act, site, scene.person.id, { answer, name }),
    );
    return done(scene, 'passkey');
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'passkey.refused') throw error;
    return sendAccount(scene, 422, addPage(scene, { name, failure: words.passkey.failed }));
  }
}

async function showEdit(scene: AccountScene): Promise<FastifyReply> {
  const passkey = await passkeyOf(scene);
  return passkey ? sendAccount(scene, 200, editPage(scene, passkey)) : scene.reply.redirect('/account', 303);
}

async function name(scene: AccountScene): Promise<FastifyReply> {
  const passkey = await passkeyOf(scene);
  if (!passkey) return scene.reply.redirect('/account', 303);
  const given = fieldOf(scene.request, 'name', 128).trim();
  if (!given)
    return sendAccount(scene, 400, editPage(scene, { ...passkey, name: '' }, scene.said.passkey.nameBad));
  await scene.door.acting(actor(scene), (act) => namePasskey(act, scene.person.id, passkey.id, given));
  return done(scene, 'passkey-named');
}

async function remove(scene: AccountScene): Promise<FastifyReply> {
  const passkey = await passkeyOf(scene);
  if (!passkey) return scene.reply.redirect('/account', 303);
  await scene.door.acting(actor(scene), (act) => removePasskey(act, scene.person.id, passkey.id));
  return done(scene, 'passkey-removed');
}

async function passkeyOf({ door, person, request }: AccountScene): Promise<Passkey | undefined> {
  const { id } = request.params as { id: string };
  return (await findPasskeys(door.db, door.tenantId, person.id)).find((passkey) => passkey.id === id);
}

/** After where it is being made. */
function suggestedName({ visit, said }: AccountScene): string {
  const { browser, system } = browserName(visit.userAgent ?? null);
  return browser && system
    ? plainSentence(said.sessions.browserOn, { browser, system })
    : said.passkey.editTitle;
}
