/**
 * When a person has to be asked something, and where. Our own applications are never the reason for a consent page: what
 * they ask for is theirs, and each token is cut to what the person holds. Applications of somebody else get what the
 * person agreed to.
 */
import {
  type Adapter,
  type AdapterPayload,
  type Grant,
  interactionPolicy,
  type KoaContextWithOIDC,
  Provider,
} from 'oidc-provider';
import type { Queries } from '../../db/db.ts';
import { type Agreed, findAgreed } from '../../domain/applications/consents.ts';
import { scopes as openIdScopes } from './claims.ts';
import { thirdPartyKey } from './clients.ts';
import { flowsCookie } from './flows-cookie.ts';
import { organizationPrompt, sessionCheck } from './organization-choice.ts';
import type { ChoiceOptions } from './organization-standing.ts';
import { otherIssuerOf } from './other-issuer.ts';

const { base, Check } = interactionPolicy;

export function policy(options: ChoiceOptions): interactionPolicy.Prompt[] {
  const prompts = base();
  const isForOther = (ctx: KoaContextWithOIDC) => otherIssuerOf(ctx) !== undefined;
  prompts.add(organizationPrompt(options, isForOther), 1);
  prompts.get('login')!.checks.add(sessionCheck(options, isForOther));
  prompts
    .get('login')!
    .checks.add(
      new Check('no_account', 'End-User authentication is required', 'login_required', ({ oidc }) =>
        Boolean(oidc.session?.accountId && !oidc.account),
      ),
    );
  const { checks } = prompts.get('consent')!;
  for (const reason of ['native_client_prompt', 'op_scopes_missing', 'rs_scopes_missing']) {
    const { check } = checks.get(reason)!;
    checks.get(reason)!.check = (ctx) => isThirdParty(ctx) && check(ctx);
  }
  checks.remove('op_claims_missing');
  checks.remove('rar_prompt');
  return prompts;
}

const isThirdParty = ({ oidc }: KoaContextWithOIDC): boolean => oidc.client![thirdPartyKey] === true;

const pages = { login: 'sign-in', organization: 'organization' };

/** The page to go to; the browser is given the flow as its own. */
export function pageFor(
  ctx: KoaContextWithOIDC,
  { uid, prompt }: { uid: string; prompt: { name: string } },
  publicUrl: string,
): string {
  flowsCookie.add(ctx.cookies, uid);
  const query = new URLSearchParams({ app_id: ctx.oidc.client!.clientId, flow: uid });
  return `${publicUrl}/${pages[prompt.name as keyof typeof pages] ?? 'consent'}?${query}`;
}

/**
 * What was agreed to in this session, or before it; for our own applications everything that is asked for, whether agreed
 * or not. Where asking again is what is wanted, what was agreed to before it does not count.
 */
export async function grantFor(
  ctx: KoaContextWithOIDC,
  { db, tenantId }: { readonly db: Queries; readonly tenantId: string },
): Promise<Grant | undefined> {
  const { oidc } = ctx;
  const client = oidc.client!;
  const { accountId } = oidc.account!;
  const agreed = oidc.result?.consent?.grantId as string | undefined;
  const grantId = agreed ?? oidc.session!.grantIdFor(client.clientId);
  const found = grantId ? await oidc.provider.Grant.find(grantId) : undefined;
  const grant = found?.accountId === accountId && found.clientId === client.clientId ? found : undefined;
  if (oidc.prompts.has('consent') && oidc.promptPending('consent')) return grant;
  if (isThirdParty(ctx)) {
    const before = grant ? undefined : await findAgreed(db, tenantId, accountId, client.clientId);
    return before
      ? remembered(new oidc.provider.Grant({ accountId, clientId: client.clientId }), before)
      : grant;
  }
  const own = grant ?? new oidc.provider.Grant({ accountId, clientId: client.clientId });
  if (addAll(own, oidc.params as AskedParams) || !grant) await own.save();
  return own;
}

async function remembered(grant: Grant, { scopes, resources }: Agreed): Promise<Grant> {
  if (scopes.length > 0) grant.addOIDCScope(scopes.join(' '));
  for (const [resource, names] of Object.entries(resources))
    grant.addResourceScope(resource, names.join(' '));
  await grant.save();
  return grant;
}

export type AskedParams = { readonly scope?: string; readonly resource?: string | readonly string[] };

/** The scopes of OpenID Connect and the other ones. */
export function askedOf({ scope, resource }: AskedParams) {
  const names = [...new Set(scope?.split(' ').filter(Boolean))];
  return {
    openId: names.filter((name) => openIdScopes.includes(name)),
    others: names.filter((name) => !openIdScopes.includes(name)),
    resources: [resource ?? []].flat(),
  };
}

/** True when something was new. */
export function addAll(grant: Grant, params: AskedParams): boolean {
  const before = JSON.stringify([grant.openid, grant.resources]);
  const { openId, others, resources } = askedOf(params);
  if (openId.length > 0) grant.addOIDCScope(openId.join(' '));
  if (others.length > 0) for (const resource of resources) grant.addResourceScope(resource, others.join(' '));
  return JSON.stringify([grant.openid, grant.resources]) !== before;
}

/**
 * Interactions. The session's secret is not kept in them. When one is resumed, what was answered counts only as far as it
 * is about the person who is signed in in this browser now: the session is the truth, whatever happened meanwhile.
 */
export function interactionsOf(records: Adapter): Adapter {
  return {
    ...records,
    upsert(id, payload, expiresIn) {
      const { cookie: _, ...session } = (payload.session ?? {}) as { cookie?: string };
      return records.upsert(
        id,
        payload.session ? ({ ...payload, session } as AdapterPayload) : payload,
        expiresIn,
      );
    },
    async find(id) {
      const payload = await records.find(id);
      const { oidc } = Provider.ctx ?? {};
      return payload && oidc?.route === 'resume'
        ? answeredBy(payload, oidc.session?.accountId)
        : (payload ?? undefined);
    },
  };
}

type Answer = { login?: { accountId: string } };

/** Whose consent it was is judged by its grant. */
function answeredBy(payload: AdapterPayload, accountId: string | undefined): AdapterPayload {
  const { session: _, result, ...rest } = payload;
  if (!result) return rest as AdapterPayload;
  const { login, ...others } = result as Answer;
  const isTheirs = login && login.accountId === accountId;
  return { ...rest, result: isTheirs ? { ...others, login } : others } as AdapterPayload;
}
