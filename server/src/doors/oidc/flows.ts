/** Authorization requests that wait for a person, as the pages see and answer them. */
import type { Interaction, Provider } from 'oidc-provider';
import type { Clock } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import { rememberAgreed } from '../../domain/applications/consents.ts';
import type { Flow, FlowApplication, FlowConsent, Flows } from '../flows.ts';
import { flowsCookie } from './flows-cookie.ts';
import { findHeld } from './held-scopes.ts';
import type { Indicators } from './indicators.ts';
import { type AskedParams, addAll, askedOf } from './interactions.ts';
import { holds } from './person-standing.ts';

export type FlowOptions = {
  readonly db: Queries;
  readonly tenantId: string;
  readonly clock: Clock;
  readonly publicUrl: string;
  readonly indicators: Indicators;
  readonly cookieKeys: string[];
};

export function flowsOf(options: FlowOptions, provider: () => Provider): Flows {
  const { publicUrl, cookieKeys } = options;
  const signing = { keys: cookieKeys, secure: publicUrl.startsWith('https:') };
  const resume = (uid: string) => `${publicUrl}/oidc/auth/${encodeURIComponent(uid)}`;

  /** The answer is added to those given in the same flow before. Where the flow is over, resuming it says so. */
  async function answer(interaction: Interaction, given: Record<string, unknown>): Promise<string> {
    interaction.result = { ...interaction.lastSubmission, ...given };
    await interaction.persist();
    return interaction.returnTo;
  }

  return {
    async find(request, response, uid) {
      const own = flowsCookie.find(request, response, signing, uid);
      const interaction = own === undefined ? undefined : await provider().Interaction.find(own);
      return interaction && flowOf(options, provider(), interaction);
    },
    async signedIn(uid, { userId, signedInAt, methods }) {
      const interaction = await provider().Interaction.find(uid);
      if (!interaction) return resume(uid);
      const login = { accountId: userId, ts: Math.floor(signedInAt / 1000), amr: [...methods] };
      return answer(interaction, { login });
    },
    async consented(uid, organizationIds) {
      const interaction = await provider().Interaction.find(uid);
      const accountId = interaction?.session?.accountId;
      if (!interaction || !accountId) return resume(uid);
      const grantId = await agree(options, provider(), interaction, accountId, organizationIds);
      return answer(interaction, { consent: { grantId } });
    },
    async chose(uid, userId, organizationId) {
      const interaction = await provider().Interaction.find(uid);
      if (!interaction) return resume(uid);
      return answer(interaction, { organization: { accountId: userId, id: organizationId } });
    },
    async declined(uid) {
      const interaction = await provider().Interaction.find(uid);
      if (!interaction) return resume(uid);
      const description = 'the person did not agree';
      return answer(interaction, { error: 'access_denied', error_description: description });
    },
  };
}

async function flowOf(
  options: FlowOptions,
  provider: Provider,
  interaction: Interaction,
): Promise<Flow | undefined> {
  const { params, prompt, uid } = interaction;
  const text = (name: string) => (typeof params[name] === 'string' ? params[name] : undefined);
  const application = await findApplication(options, text('client_id') ?? '');
  if (!application) return undefined;
  const wants = prompt.name === 'login' || prompt.name === 'organization' ? prompt.name : 'consent';
  const userId = interaction.session?.accountId;
  return {
    uid,
    wants,
    application,
    loginHint: text('login_hint'),
    firstScreen: text('first_screen'),
    organizationId: text('organization_id'),
    uiLocales: text('ui_locales'),
    mustProveAgain:
      wants === 'login' && prompt.reasons.some((reason) => !['no_session', 'no_account'].includes(reason)),
    target: targetOf(text('redirect_uri') ?? ''),
    choice:
      wants === 'organization' && userId ? { userId, organizationId: text('organization_id') } : undefined,
    consent:
      wants === 'consent' && userId
        ? await consentOf(options, provider, interaction, application, userId)
        : undefined,
  };
}

/** What a policy for forms can name: the origin, or the scheme of a native application. */
function targetOf(redirectUri: string): string {
  const url = URL.parse(redirectUri);
  if (!url) return '';
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.origin : url.protocol;
}

function findApplication({ db, tenantId }: FlowOptions, id: string): Promise<FlowApplication | undefined> {
  return db.first<FlowApplication>(sql`
    select a.id, a.name, a.oidc_client_metadata->>'logoUri' as "logoUrl", a.is_third_party as "isThirdParty",
           t.sign_in_mode <> 'SignIn'
             and a.custom_client_metadata->'isRegistrationAllowed' is distinct from 'false'::jsonb as "mayRegister"
      from applications a join tenants t on t.id = a.tenant_id where a.tenant_id = ${tenantId} and a.id = ${id}`);
}

/** What of it the person does not hold is not asked for, and what was agreed to before neither. */
async function consentOf(
  options: FlowOptions,
  provider: Provider,
  interaction: Interaction,
  { id, isThirdParty }: FlowApplication,
  userId: string,
): Promise<FlowConsent> {
  if (!isThirdParty) return { userId, scopes: [], resources: [], organizations: [] };
  const params = interaction.params as AskedParams;
  const asked = askedOf(params);
  const grant = interaction.grantId ? await provider.Grant.find(interaction.grantId) : undefined;
  const agreed = new Set(grant?.getOIDCScope().split(' '));
  const held = await heldOf(options, userId, params);
  return {
    userId,
    scopes: asked.openId.filter((name) => !agreed.has(name)),
    resources: held
      .map(({ resource, name, scopes }) => {
        const before = new Set(grant?.getResourceScope(resource).split(' '));
        return { name, scopes: scopes.filter((scope) => !before.has(scope.name)) };
      })
      .filter(({ scopes }) => scopes.length > 0),
    organizations: asksForOrganizations(params) ? await organizationsOf(options, userId, id) : [],
  };
}

const asksForOrganizations = (params: AskedParams): boolean =>
  askedOf(params).openId.some((name) => name.startsWith('urn:logto:scope:organization'));

/** Of what is asked for, what the person holds. */
async function heldOf({ db, tenantId, indicators, clock }: FlowOptions, userId: string, params: AskedParams) {
  const { resources, others } = askedOf(params);
  return Promise.all(
    resources.map(async (resource) => {
      const held = await findHeld(db, tenantId, userId, resource, indicators, clock());
      const scopes = (held?.scopes ?? []).filter(({ name }) => others.includes(name));
      return { resource, name: held?.name ?? '', scopes };
    }),
  );
}

const organizationsOf = ({ db, tenantId, clock }: FlowOptions, userId: string, applicationId: string) =>
  db.rows<{ id: string; name: string; isGranted: boolean }>(sql`
    select o.id, o.name, exists (select from organization_grants g where g.tenant_id = m.tenant_id and g.user_id = m.user_id
             and g.application_id = ${applicationId} and g.organization_id = o.id) as "isGranted"
      from members m join organizations o on o.tenant_id = m.tenant_id and o.id = m.organization_id and o.disabled_at is null
     where m.tenant_id = ${tenantId} and m.user_id = ${userId} and ${holds(clock())} order by o.name, o.id`);

/** Writes down what the person agreed to. The id of the grant. */
async function agree(
  options: FlowOptions,
  provider: Provider,
  interaction: Interaction,
  accountId: string,
  organizationIds: readonly string[],
): Promise<string> {
  const params = interaction.params as AskedParams & { client_id: string };
  const clientId = params.client_id;
  const found = interaction.grantId ? await provider.Grant.find(interaction.grantId) : undefined;
  const isTheirs = found?.accountId === accountId && found.clientId === clientId;
  const grant = isTheirs ? found : new provider.Grant({ accountId, clientId });
  const application = await findApplication(options, clientId);
  if (!application?.isThirdParty) {
    addAll(grant, params);
    return grant.save();
  }
  const { openId } = askedOf(params);
  if (openId.length > 0) grant.addOIDCScope(openId.join(' '));
  for (const { resource, scopes } of await heldOf(options, accountId, params)) {
    if (scopes.length > 0) grant.addResourceScope(resource, scopes.map(({ name }) => name).join(' '));
  }
  if (asksForOrganizations(params)) await grantOrganizations(options, accountId, clientId, organizationIds);
  const { db, tenantId, clock } = options;
  const agreed = {
    scopes: grant.getOIDCScope().split(' ').filter(Boolean),
    resources: Object.fromEntries(
      Object.entries(grant.resources ?? {}).map(([indicator, names]) => [indicator, names.split(' ')]),
    ),
  };
  await rememberAgreed(db, tenantId, accountId, clientId, agreed, clock());
  return grant.save();
}

/** From now on the application may know these, of those the person belongs to, and no others. */
async function grantOrganizations(
  { db, tenantId, clock }: FlowOptions,
  userId: string,
  applicationId: string,
  organizationIds: readonly string[],
): Promise<void> {
  const at = clock();
  await db.run(sql`
    with gone as (
      delete from organization_grants where tenant_id = ${tenantId} and user_id = ${userId} and application_id = ${applicationId}
         and organization_id <> all(${organizationIds}::text[])
    )
    insert into organization_grants (tenant_id, user_id, application_id, organization_id, granted_at)
    select m.tenant_id, m.user_id, ${applicationId}, m.organization_id, ${at}
      from members m where m.tenant_id = ${tenantId} and m.user_id = ${userId} and m.organization_id = any(${organizationIds}::text[])
       and ${holds(at)}
    on conflict do nothing`);
}
