/** Moving to another e-mail address: a code goes to the new one, and only when it comes back anything changes. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { normalAddress } from '../../../domain/address.ts';
import { askProof, findProof, type Proof, redeemCode } from '../../../domain/proofs/proofs.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { changeAddress } from '../../../domain/users/change-address.ts';
import { strangerOf } from '../../client.ts';
import { fieldOf } from '../fields.ts';
import { alert, fieldBlock } from '../forms.ts';
import { html } from '../html.ts';
import { sentence } from '../sentence.ts';
import { failureOf } from '../sign-in/ask.ts';
import { codeField, codeProblem } from '../sign-in/code.ts';
import { type AccountScene, actor, dayMs, done, type inAccount, sendAccount } from './account-scene.ts';
import { subpage } from './subpage.ts';

const cookie = { path: '/account/address', lifeMs: 15 * 60_000 };

export function addressRoutes(app: FastifyInstance, on: ReturnType<typeof inAccount>): void {
  const needs = { proofWithinMs: dayMs };
  app.get('/account/address', on(show, needs));
  app.post('/account/address', on(ask, needs));
  app.get('/account/address/code', on(showCode, needs));
  app.post('/account/address/code', on(takeCode, needs));
}

const show = async (scene: AccountScene): Promise<FastifyReply> => sendForm(scene, 200, {});

async function ask(scene: AccountScene): Promise<FastifyReply> {
  const { door, visit, person, said, words, language } = scene;
  const given = fieldOf(scene.request, 'address', 1024);
  const address = normalAddress(given);
  if (!address) return sendForm(scene, 400, { given, problem: words.signIn.addressBad });
  if (address === person.address) return sendForm(scene, 400, { given, problem: said.address.same });
  try {
    const proof = await door.acting(actor(scene), (act) =>
      askProof(
        act,
        {
          purpose: 'new-address',
          address,
          browser: visit.browser,
          context: { userId: person.id },
          maySignUp: false,
          locale: language,
          client: strangerOf(scene.request.ip),
        },
        door.mail,
      ),
    );
    visit.setCookie('address', proof.id, cookie);
    return scene.reply.redirect('/account/address/code', 303);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const failure = failureOf(scene, error);
    return sendForm(scene, failure.status, { given, failure: failure.told });
  }
}

async function showCode(scene: AccountScene): Promise<FastifyReply> {
  const proof = await askedFor(scene);
  return proof ? sendCode(scene, 200, proof) : scene.reply.redirect('/account/address', 303);
}

async function takeCode(scene: AccountScene): Promise<FastifyReply> {
  const { door, visit, person, words, said } = scene;
  const proof = await askedFor(scene);
  if (!proof) return scene.reply.redirect('/account/address', 303);
  const code = codeField(scene.request);
  if (!code) return sendCode(scene, 400, proof, words.code.bad);
  try {
    await door.acting(actor(scene), async (act) => {
      await redeemCode(act, { id: proof.id, code, purpose: 'new-address', browser: visit.browser });
      await changeAddress(act, person.id, proof.address);
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === 'user.email_taken')
      return sendForm(scene, 422, { given: proof.address, problem: said.address.taken });
    const problem = codeProblem(scene, error);
    if (!problem) throw error;
    return sendCode(scene, problem.status, proof, problem.told);
  }
  visit.setCookie('address', undefined, cookie);
  return done(scene, 'address');
}

/** What this person asked for in this browser. */
async function askedFor({ door, visit, person }: AccountScene): Promise<Proof | undefined> {
  const id = visit.cookie('address');
  const proof = id && (await findProof(door.db, door.tenantId, id, door.clock()));
  return proof && proof.purpose === 'new-address' && proof.context.userId === person.id ? proof : undefined;
}

function sendForm(
  scene: AccountScene,
  status: number,
  { given, problem, failure }: { given?: string; problem?: string; failure?: string },
) {
  const { said, visit, person } = scene;
  const { address: words } = said;
  return sendAccount(
    scene,
    status,
    subpage(
      scene,
      words.title,
      words.title,
      person.address && html`<p>${sentence(words.told, { address: person.address })}</p>`,
      alert(failure),
      html`<form method="post" action="/account/address" novalidate>
${visit.formField}
${fieldBlock({ name: 'address', label: words.next, type: 'email', value: given, problem, autocomplete: 'email', inputMode: 'email', maxLength: 254, isRequired: true, hasFocus: true })}
<button type="submit">${words.submit}</button>
</form>`,
    ),
  );
}

function sendCode(scene: AccountScene, status: number, proof: Proof, problem?: string) {
  const { words, said, visit } = scene;
  return sendAccount(
    scene,
    status,
    subpage(
      scene,
      words.code.title,
      words.code.title,
      html`<p>${sentence(words.code.sent, { address: proof.address })}</p>`,
      html`<form method="post" action="/account/address/code" novalidate>
${visit.formField}
${fieldBlock({ name: 'code', label: words.code.code, problem, autocomplete: 'one-time-code', inputMode: 'numeric', maxLength: 12, isRequired: true, hasFocus: true, isCode: true })}
<button type="submit">${said.address.confirm}</button>
</form>`,
      html`<div class="ways"><a href="/account/address">${words.code.otherAddress}</a></div>`,
    ),
  );
}
