/**
 * For which organization a sign-in is, where tokens name one: the one that was asked for, otherwise the one that the
 * person has just joined or was last in in this session, otherwise the only one. Where none of it decides, the person
 * chooses on a page. Only an organization to which the person belongs at this moment counts, whoever names it.
 */
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { findWaitingFor } from '../../domain/invitations/find-for-person.ts';
import { isSessionOver } from '../../domain/organizations/session-policy.ts';
import {
  type ChoiceOptions,
  findMemberships,
  findSessionHere,
  type Membership,
  type SessionHere,
  timesFor,
} from './organization-standing.ts';

const { Check, Prompt } = interactionPolicy;

/** How long after joining somebody is taken there without being asked. */
const justNowMs = 15 * 60_000;

type Decision =
  | 'ask'
  | {
      readonly organizationId: string | undefined;
      /** The organization wants a sign-in that is newer, or was in use more recently. */
      readonly isSessionOver?: boolean;
    };
const decisions = new WeakMap<object, Decision>();
const beingDecided = new WeakMap<object, Promise<Decision>>();

/** What was decided for this request. */
export function chosenOrganization(ctx: object): string | undefined {
  const decision = decisions.get(ctx);
  return decision === 'ask' ? undefined : decision?.organizationId;
}

type IsAsked = (ctx: KoaContextWithOIDC) => boolean;

/** Asks where it is undecided; only for requests for which `isAsked`. */
export function organizationPrompt(options: ChoiceOptions, isAsked: IsAsked): interactionPolicy.Prompt {
  return new Prompt(
    { name: 'organization', requestable: false },
    new Check(
      'organization_undecided',
      'the person has to choose an organization',
      'interaction_required',
      async (ctx) => {
        if (!isAsked(ctx) || !ctx.oidc.session?.accountId) return false;
        const decision = await decide(options, ctx);
        decisions.set(ctx, decision);
        return decision === 'ask';
      },
    ),
  );
}

/** Whoever is signed in for too long already, by what the organization says, signs in again. */
export const sessionCheck = (options: ChoiceOptions, isAsked: IsAsked): interactionPolicy.Check =>
  new Check('session_over', 'the organization wants a newer sign-in', 'login_required', async (ctx) => {
    const { session, prompts } = ctx.oidc;
    if (!isAsked(ctx) || !session?.accountId || (prompts.has('login') && ctx.oidc.promptPending('login')))
      return false;
    // What is wrong with the organization is said when it is known who asks.
    const decision = await decide(options, ctx).catch(refused);
    return typeof decision === 'object' && decision.isSessionOver === true;
  });

function refused(error: unknown): undefined {
  if (error instanceof errors.OIDCProviderError) return undefined;
  throw error;
}

/** Once for each request, whichever check asks first. */
function decide(options: ChoiceOptions, ctx: KoaContextWithOIDC): Promise<Decision> {
  const decision = beingDecided.get(ctx) ?? judge(options, ctx);
  beingDecided.set(ctx, decision);
  return decision;
}

async function judge(options: ChoiceOptions, ctx: KoaContextWithOIDC): Promise<Decision> {
  const { params, session, result } = ctx.oidc;
  const userId = session!.accountId!;
  const memberships = await findMemberships(options, userId);
  const answer = (result as { organization?: { accountId: string; id: string } } | undefined)?.organization;
  const answered = answer?.accountId === userId ? answer.id : undefined;
  const here = await findSessionHere(options, session!.uid);
  const going = ({ id, ...policy }: Membership): Decision => ({
    organizationId: id,
    isSessionOver: here !== undefined && isSessionOver(policy, timesFor(here, id), options.clock()),
  });
  const wanted = answered ?? text(params?.organization_id);
  if (wanted !== undefined) {
    const found = await named(options, userId, memberships, wanted);
    return found === 'ask' ? found : going(found);
  }
  const fit = memberships.filter((each) => each.holds && !each.lacksSecondFactor);
  if (!text(params?.chooses_organization)) {
    const hinted = fit.find(({ id }) => id === params?.organization_hint);
    const found = hinted ?? recent(options, here, fit) ?? (fit.length === 1 ? fit[0] : undefined);
    if (found) return going(found);
  }
  if (fit.length > 0) return 'ask';
  const waiting = await findWaitingFor(options.db, options.tenantId, userId, options.clock());
  return waiting.length > 0 ? 'ask' : { organizationId: undefined };
}

/** Whoever is invited there and does not belong to it yet can join on the page. */
async function named(
  { db, tenantId, clock }: ChoiceOptions,
  userId: string,
  memberships: readonly Membership[],
  id: string,
): Promise<Membership | 'ask'> {
  const membership = memberships.find((each) => each.id === id);
  if (membership?.lacksSecondFactor)
    throw new errors.AccessDenied('the organization asks for a second factor, and the person has none');
  if (membership?.holds) return membership;
  if (membership)
    throw new errors.CustomOIDCProviderError(
      'user_not_active',
      'the membership or the organization is not active',
    );
  const waiting = await findWaitingFor(db, tenantId, userId, clock());
  if (waiting.some(({ organizationId }) => organizationId === id)) return 'ask';
  throw new errors.AccessDenied('the person does not belong to the organization');
}

/** Where the person just joined, or else was last in this session. */
function recent(
  { clock }: ChoiceOptions,
  session: SessionHere | undefined,
  fit: readonly Membership[],
): Membership | undefined {
  const visits = (session?.entered ?? []).map(({ organizationId: id, at }) => ({ id, at }));
  const since = clock() - justNowMs;
  const joined = fit.filter(({ joinedAt }) => joinedAt >= since).map(({ id, joinedAt: at }) => ({ id, at }));
  const latest = [...visits, ...joined].sort((a, b) => b.at - a.at);
  for (const { id } of latest) {
    const membership = fit.find((each) => each.id === id);
    if (membership) return membership;
  }
  return undefined;
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
