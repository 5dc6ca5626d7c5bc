/**
 * Whether an access token of ours is good at this moment, not only when it was made: the application is there, the
 * person not suspended, the grant not revoked, and, for an organization, the membership older than the token and still
 * holding. Of its scopes those are told that its holder still has.
 */
import { decodeJwt } from 'jose';
import type { Client } from 'oidc-provider';
import type { Clock } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import { thirdPartyKey } from './clients.ts';
import { storable } from './credentials.ts';
import { type Indicators, organizationOf } from './indicators.ts';
import { holds } from './person-standing.ts';
import { grantOf } from './person-token.ts';
import { scopesNow } from './scopes-now.ts';
import type { Claims } from './verify.ts';

export type IntrospectionOptions = {
  readonly db: Queries;
  readonly tenantId: string;
  readonly clock: Clock;
  readonly indicators: Indicators;
  readonly verify: (token: string) => Claims | Promise<Claims>;
};

type Answer = { active: boolean } & Record<string, unknown>;

const inactive: Answer = { active: false };

export async function introspect(
  options: IntrospectionOptions,
  caller: Client,
  token: string,
): Promise<Answer> {
  const claims = await verified(options, token);
  if (!claims || !mayAsk(caller, claims)) return inactive;
  const payload = decodeJwt<{ client_id: string; organization_id?: string }>(token);
  const isMachine = claims.sub === claims.clientId;
  const holdsNow = isMachine
    ? await holdsForMachine(options, claims, payload.iat!)
    : await holdsForPerson(options, claims, payload.iat!, grantOf(payload.jti ?? ''));
  if (!holdsNow) return inactive;
  const answer = { active: true, token_type: 'Bearer', ...payload };
  if (claims.scope.size === 0) return answer;
  const { db, tenantId, indicators, clock } = options;
  const now = await scopesNow(db, tenantId, claims, indicators, clock());
  return { ...answer, scope: [...claims.scope].filter((name) => now.has(name)).join(' ') };
}

/** Its own tokens are every application's to ask about; backends of ours, which keep a secret, also ask about others'. */
const mayAsk = (caller: Client, { clientId }: Claims): boolean =>
  caller.clientId === clientId ||
  (caller.tokenEndpointAuthMethod !== 'none' && caller[thirdPartyKey] !== true);

async function verified({ verify }: IntrospectionOptions, token: string): Promise<Claims | undefined> {
  try {
    return await verify(token);
  } catch (error) {
    if (error instanceof Error && error.name === 'TokenError') return undefined;
    throw error;
  }
}

/** Who joined in the second in which the token was made may have joined before. */
const joinedBefore = (iat: number) => (iat + 1) * 1000;

async function holdsForPerson(
  { db, tenantId, clock, indicators }: IntrospectionOptions,
  claims: Claims,
  iat: number,
  grantId: string | undefined,
): Promise<boolean> {
  const at = clock();
  const { organizationId, sub, clientId } = claims;
  const row = await db.first(sql`
    select 1 as one
      from applications a
      join users u on u.tenant_id = a.tenant_id and u.id = ${storable(sub)} and u.suspended_at is null
      join oidc_records g on g.tenant_id = a.tenant_id and g.model = 'Grant' and g.id = ${storable(grantId ?? '')} and g.expires_at > ${at}
       and g.account_id = u.id and g.payload->>'clientId' = a.id
     where a.tenant_id = ${tenantId} and a.id = ${storable(clientId)} and ${isThere(claims, indicators)}
       and (${organizationId === undefined}::boolean or exists (
             select from members m join organizations o on o.tenant_id = m.tenant_id and o.id = m.organization_id and o.disabled_at is null
              where m.tenant_id = a.tenant_id and m.organization_id = ${storable(organizationId ?? '')} and m.user_id = u.id
                and m.joined_at < ${joinedBefore(iat)} and ${holds(at)}
                and (not a.is_third_party or exists (select from organization_grants l where l.tenant_id = m.tenant_id
                     and l.user_id = m.user_id and l.application_id = a.id and l.organization_id = m.organization_id))))`);
  return row !== undefined;
}

async function holdsForMachine(
  { db, tenantId, indicators }: IntrospectionOptions,
  claims: Claims,
  iat: number,
): Promise<boolean> {
  const { organizationId, clientId } = claims;
  const row = await db.first(sql`
    select 1 as one from applications a
     where a.tenant_id = ${tenantId} and a.id = ${storable(clientId)} and ${isThere(claims, indicators)}
       and (${organizationId === undefined}::boolean or exists (
             select from bots b join organizations o on o.tenant_id = b.tenant_id and o.id = b.organization_id and o.disabled_at is null
              where b.tenant_id = a.tenant_id and b.organization_id = ${storable(organizationId ?? '')} and b.application_id = a.id
                and b.joined_at < ${joinedBefore(iat)}))`);
  return row !== undefined;
}

/** The audience has not been deleted. */
const isThere = ({ aud }: Claims, { managementHere }: Indicators) =>
  organizationOf(aud) !== undefined || aud === managementHere
    ? sql`true`
    : sql`exists (select from resources r where r.tenant_id = a.tenant_id and r.indicator = ${storable(aud)})`;
