/**
 * The token endpoint of this door. Credentials travel in the body. An application that manages the tenant gets a token
 * for this door by them; for the code of a person who signed in, or a refresh token, an application gets theirs.
 */
import { Buffer } from 'node:buffer';
import { sql } from '../../../db/db.ts';
import { judgeSecret, secretsOfApplication } from '../../../domain/applications/secrets.ts';
import { newId } from '../../../domain/ids.ts';
import type { ScalekitDoor } from '../door.ts';
import { numbered } from '../ids.ts';
import { invalidClient, invalidRequest, OAuthError } from './errors.ts';
import { sign } from './keys.ts';
import { machineToken } from './machine.ts';
import { one, type Parameters } from './parameters.ts';
import { personTokens } from './person.ts';

export async function answerTokenRequest(
  door: ScalekitDoor,
  parameters: Parameters,
  /** Of the page that asks, where a browser does. */
  origin: string | undefined,
): Promise<object> {
  const grantType = one(parameters, 'grant_type');
  if (grantType === undefined) throw invalidRequest('grant_type is missing.');
  if (grantType === 'client_credentials') return managementToken(door, parameters);
  if (grantType === 'authorization_code' || grantType === 'refresh_token')
    return personTokens(door, parameters, grantType, origin);
  throw new OAuthError(400, 'unsupported_grant_type', 'This grant type is not supported.');
}

const lifeS = 86_399;

async function managementToken(door: ScalekitDoor, parameters: Parameters): Promise<object> {
  const clientId = await provenClient(door, parameters);
  if (!(await door.mayManage(clientId))) {
    const machine = await machineToken(
      door,
      clientId,
      one(parameters, 'client_secret')!,
      one(parameters, 'scope'),
    );
    if (machine) return machine;
    throw new OAuthError(403, 'unauthorized_client', 'This application does not manage the environment.');
  }
  const { token, expiresInS } = await sign(
    door,
    'accessToken',
    {
      aud: [clientId],
      sub: clientId,
      client_id: clientId,
      jti: numbered('tkn_', newId(door.clock())),
      scope: 'openid',
      scopes: ['openid'],
    },
    lifeS,
  );
  return { access_token: token, token_type: 'Bearer', expires_in: expiresInS, scope: 'openid' };
}

/** The id of the application whose secret is right. Refuses invalid_client, the same for every reason. */
async function provenClient({ db, tenantId, clock }: ScalekitDoor, parameters: Parameters): Promise<string> {
  const clientId = one(parameters, 'client_id');
  const secret = one(parameters, 'client_secret');
  if (clientId === undefined || secret === undefined) throw invalidClient();
  const application = await db.first<{ id: string; secrets: string[] }>(
    sql`select a.id, ${secretsOfApplication} as secrets from applications a where a.tenant_id = ${tenantId} and a.id = ${clientId}`,
  );
  const verdict = judgeSecret(application ?? { secrets: [nobodys] }, secret, clock());
  if (!application || verdict !== 'right') throw invalidClient();
  return application.id;
}

/** Compared with where there is no application, so that this takes the same time. */
const nobodys = `${Buffer.alloc(32).toString('hex')}:`;
