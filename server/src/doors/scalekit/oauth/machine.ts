/**
 * Tokens of organizations' own machines. What such a token says is cut to what the client has at this moment; a client
 * that was deleted, a secret that was removed and an organization that is disabled or gone get none.
 */
import { hash } from 'node:crypto';
import { sql } from '../../../db/db.ts';
import { type ClientStanding, findClientStanding } from '../../../domain/clients/organization-clients.ts';
import { newId } from '../../../domain/ids.ts';
import type { ScalekitDoor } from '../door.ts';
import { numbered } from '../ids.ts';
import { OAuthError } from './errors.ts';
import { sign } from './keys.ts';

/** Of a client whose secret was right; undefined when it belongs to no organization. Without `scope`: all that it has. */
export async function machineToken(
  door: ScalekitDoor,
  clientId: string,
  secret: string,
  scope: string | undefined,
): Promise<object | undefined> {
  const client = await findClientStanding(door.db, door.tenantId, clientId);
  if (!client) return undefined;
  if (!client.isOrganizationEnabled)
    throw new OAuthError(403, 'access_denied', 'The organization is disabled.');
  const asked = scope?.split(' ').filter(Boolean);
  const scopes = asked ? client.scopes.filter((name) => asked.includes(name)) : client.scopes;
  const { token, expiresInS } = await sign(
    door,
    'accessToken',
    claimsOf(door, client, scopes),
    client.tokenLifeS,
  );
  await noteUse(door, clientId, secret);
  return { access_token: token, token_type: 'Bearer', expires_in: expiresInS, scope: scopes.join(' ') };
}

const claimsOf = ({ ids, clock }: ScalekitDoor, client: ClientStanding, scopes: readonly string[]) => ({
  aud: client.audience.length > 0 ? client.audience : [client.id],
  sub: client.id,
  client_id: client.id,
  jti: numbered('tkn_', newId(clock())),
  oid: ids.organizationName(client.organizationId),
  scope: scopes.join(' '),
  scopes,
  custom_claims: Object.fromEntries(client.customClaims.map(({ key, value }) => [key, value])),
});

const usedEveryMs = 60_000;

const noteUse = ({ db, tenantId, clock }: ScalekitDoor, clientId: string, secret: string): Promise<number> =>
  db.run(sql`
    update application_secrets set last_used_at = ${clock()} where tenant_id = ${tenantId} and application_id = ${clientId}
       and digest = ${hash('sha256', secret, 'buffer')} and coalesce(last_used_at, 0) <= ${clock() - usedEveryMs}`);
