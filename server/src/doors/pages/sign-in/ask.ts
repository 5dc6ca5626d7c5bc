/** A proof is asked for in this browser, which remembers which one: its code is good here only. */
import { askProof, findProof, type Proof } from '../../../domain/proofs/proofs.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { strangerOf } from '../../client.ts';
import { plainSentence } from '../sentence.ts';
import type { Scene } from './scene.ts';

const cookie = { path: '/sign-in', lifeMs: 15 * 60_000 };

export type Failure = { readonly status: number; readonly told: string };

/** Nothing when the mail is on its way (or will be dropped, of which nobody here hears). */
export async function askHere(scene: Scene, address: string, isAgain = false): Promise<Failure | undefined> {
  const { door, request, visit, flow, way, look, language } = scene;
  try {
    const proof = await door.acting({ kind: 'system', id: 'sign-in' }, (act) =>
      askProof(
        act,
        {
          purpose: 'sign-in',
          address,
          browser: visit.browser,
          context: { flow: way.flow, continue: way.continue, application: flow?.application.id },
          maySignUp: look.maySignUp && !way.again,
          locale: language,
          applicationId: flow?.application.id,
          organizationId: flow?.organizationId,
          client: strangerOf(request.ip),
        },
        door.mail,
      ),
    );
    visit.setCookie('proof', `${proof.id}${isAgain ? '.again' : ''}`, cookie);
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return failureOf(scene, error);
  }
}

/** What was asked for in this browser and can still be proved, and whether it had been asked for before. */
export async function askedHere({ door, visit }: Scene): Promise<(Proof & { isAgain: boolean }) | undefined> {
  const [id, again] = visit.cookie('proof')?.split('.') ?? [];
  const proof = id && (await findProof(door.db, door.tenantId, id, door.clock()));
  return proof && proof.purpose === 'sign-in' && proof.browser.equals(visit.browser)
    ? { ...proof, isAgain: again !== undefined }
    : undefined;
}

export const forgetAsk = ({ visit }: Scene): void => visit.setCookie('proof', undefined, cookie);

/** What stands in the way of sending a mail. */
export function failureOf({ door, words }: Scene, error: Refusal): Failure {
  if (error.code === 'mail.no_connector') return { status: 503, told: words.problems.noMail };
  if (error.code !== 'mail.too_many') throw error;
  return {
    status: 429,
    told: plainSentence(words.problems.tooMany, { minutes: minutesTo(error, door.clock()) }),
  };
}

/** How long until one more is allowed. */
export const minutesTo = ({ facts }: Refusal, now: number): number =>
  Math.max(1, Math.ceil((Number(facts.retryAt) - now) / 60_000));
