/**
 * What is measured: for each operation the request, and the statement that the server's own verb sends for it. The
 * statement is not copied here: the verb runs against a database that only takes down what it is asked.
 */
import type { Act } from '../src/act.ts';
import { defaultMailBounds } from '../src/config.ts';
import { type DbOptions, openDb, type Queries, type Statement, sql } from '../src/db/db.ts';
import { accept } from '../src/domain/invitations/accept.ts';
import { getInvitation } from '../src/domain/invitations/find.ts';
import { invite } from '../src/domain/invitations/invite.ts';
import { sliceAsJson } from '../src/domain/invitations/list-json.ts';
import { openKeys } from '../src/domain/keys.ts';
import { standingOfUser } from '../src/domain/members/effective.ts';
import { loadTemplate } from '../src/domain/roles/template.ts';
import { managementIndicator } from '../src/domain/tenants/seed.ts';
import { findMembers } from '../src/domain/users/find.ts';
import { findBotStanding, findCredentials } from '../src/doors/oidc/credentials.ts';
import { type Exchange, findPersonStanding } from '../src/doors/oidc/person-standing.ts';
import { authorizePath, redirectUri, type WebApplication } from './people.ts';
import { scalekitOperations } from './scalekit.ts';

/** What all requests of a run have in common. */
export type World = {
  port: number;
  token: string;
  clientId: string;
  clientSecret: string;
  /** Of Scalekit's door. */
  scalekitToken: string;
  roleId: string;
  startedAt: number;
  /** The application that people sign in to. */
  application: WebApplication;
};

type Request = {
  method: string;
  path: string;
  body?: string;
  form?: true;
  /** Instead of the token of the Management API. */
  cookie?: string;
  /** The same: a token of an organization. */
  bearer?: string;
  status: number;
};
export type InputKind =
  | 'invitation'
  | 'full organization'
  | 'member'
  | 'bot'
  | 'refresher'
  | 'browser'
  | 'code'
  | 'newcomer'
  | 'newcomer of a member'
  | 'invited user'
  | 'crowd';

export type Operation = {
  name:
    | 'get'
    | 'list'
    | 'scopes'
    | 'token'
    | 'refresh'
    | 'authorize'
    | 'exchange'
    | 'create'
    | 'member create'
    | 'mail'
    | 'accept'
    | 'members'
    | 'scalekit create'
    | 'scalekit list';
  title: string;
  takes: InputKind;
  /** The least share of the limit that will do. */
  goal?: number;
  request(world: World, input: readonly string[]): Request;
  /** Instead of the request, the message of a gRPC call. */
  call?: { path: string; message(world: World, input: readonly string[]): Uint8Array };
  /** The operation beside which it is judged, and the least share of its rate that will do. */
  against?: { name: Operation['name']; goal: number };
  /** It orders mail. */
  mails?: true;
  /** Whose limit is measured: sent straight through the driver. */
  statement(world: World, input: readonly string[]): Promise<Statement>;
  /** The limit is how fast one process signs, when each answer holds so many signatures; 0: there is no limit. */
  signatures?: number;
};

export const tenantId = 'default';
export const week = 7 * 86_400_000;
const tokenScopes = 'invite:member read:member';
const invitations = '/api/organization-invitations';

/** Statements of mails that are not to be delivered are dated ahead by this: no worker takes them now. */
export const undeliveredMs = 86_400_000;

export const operations: readonly Operation[] = [
  {
    name: 'get',
    title: 'get one',
    takes: 'invitation',
    goal: 0.5,
    request: (_world, [id]) => ({ method: 'GET', path: `${invitations}/${id}`, status: 200 }),
    statement: (_world, [id]) => taken((db) => getInvitation(db, tenantId, id!)),
  },
  {
    name: 'list',
    title: 'list 100',
    takes: 'full organization',
    goal: 0.4,
    request: (_world, [id]) => ({
      method: 'GET',
      path: `${invitations}?organizationId=${id}`,
      status: 200,
    }),
    statement: (_world, [id]) =>
      taken((db) => sliceAsJson(db, tenantId, { organizationId: id! }, sql`limit 1000::int`, Date.now())),
  },
  {
    name: 'scopes',
    title: 'effective scopes',
    takes: 'member',
    goal: 0.5,
    request: (_world, [organizationId, userId]) => ({
      method: 'GET',
      path: `/api/organizations/${organizationId}/users/${userId}/scopes`,
      status: 200,
    }),
    statement: (_world, [organizationId, userId]) =>
      taken((db) => standingOfUser(db, tenantId, organizationId!, userId!, Date.now())),
  },
  {
    name: 'token',
    title: 'bot organization token',
    takes: 'bot',
    signatures: 1,
    request: (world, [organizationId]) => ({
      method: 'POST',
      path: '/oidc/token',
      form: true,
      body: `grant_type=client_credentials&client_id=${world.clientId}&client_secret=${world.clientSecret}&organization_id=${organizationId}&scope=${tokenScopes.replaceAll(' ', '+')}`,
      status: 200,
    }),
    statement: (world, [organizationId]) =>
      taken((db) =>
        findBotStanding(
          db,
          tenantId,
          { clientId: world.clientId, organizationId: organizationId! },
          indicators,
        ),
      ),
  },
  {
    name: 'refresh',
    title: 'refresh to organization token',
    takes: 'refresher',
    goal: 0.35,
    // The organization token and the ID token.
    signatures: 2,
    request: ({ application }, [refreshToken, organizationId]) => ({
      method: 'POST',
      path: '/oidc/token',
      form: true,
      body: `grant_type=refresh_token&client_id=${application.id}&client_secret=${application.secret}&refresh_token=${refreshToken}&organization_id=${organizationId}`,
      status: 200,
    }),
    statement: ({ application }, [value, organizationId]) =>
      taken((db) =>
        standingFor(db, { clientId: application.id, kind: 'RefreshToken', value: value!, organizationId }),
      ),
  },
  {
    name: 'authorize',
    title: 'authorization request',
    takes: 'browser',
    signatures: 0,
    request: ({ application }, [cookie]) => ({
      method: 'GET',
      path: authorizePath(application.id),
      cookie: cookie!,
      status: 303,
    }),
    statement: ({ application }) => taken((db) => findCredentials(db, tenantId, application.id)),
  },
  {
    name: 'exchange',
    title: 'code for tokens',
    takes: 'code',
    signatures: 1,
    request: ({ application }, [code]) => ({
      method: 'POST',
      path: '/oidc/token',
      form: true,
      body: `grant_type=authorization_code&client_id=${application.id}&client_secret=${application.secret}&redirect_uri=${encodeURIComponent(redirectUri)}&code=${code}`,
      status: 200,
    }),
    statement: ({ application }, [value]) =>
      taken((db) => standingFor(db, { clientId: application.id, kind: 'AuthorizationCode', value: value! })),
  },
  {
    name: 'create',
    title: 'create',
    takes: 'newcomer',
    goal: 0.5,
    request: (world, input) => creation(world, input, {}),
    statement: (world, input) =>
      taken((db) => invite(act(db, world, Date.now()), invitationOf(world, input))),
  },
  {
    // By a member with a token of the organization. Its limit is the statement of the management's create: what judging
    // the member costs is part of what is measured. At most 1.25 times as long as `create`.
    name: 'member create',
    title: 'create by a member',
    takes: 'newcomer of a member',
    goal: 0.4,
    request: (world, input) => ({ ...creation(world, input, {}), bearer: input[2]! }),
    statement: (world, input) =>
      taken((db) => invite(act(db, world, Date.now()), invitationOf(world, input))),
  },
  {
    name: 'mail',
    title: 'create with mail',
    takes: 'newcomer',
    goal: 0.5,
    mails: true,
    request: (world, input) => creation(world, input, { messagePayload: {} }),
    statement: (world, input) =>
      taken((db) =>
        invite(act(db, world, Date.now() + undeliveredMs), {
          ...invitationOf(world, input),
          mail: {
            usageType: 'OrganizationInvitation',
            payload: {},
            bounds: defaultMailBounds,
            hasDefaultConnector: true,
          },
        }),
      ),
  },
  {
    name: 'accept',
    title: 'accept',
    takes: 'invited user',
    goal: 0.5,
    request: (_world, [id, acceptedUserId]) => ({
      method: 'PUT',
      path: `${invitations}/${id}/status`,
      body: JSON.stringify({ status: 'Accepted', acceptedUserId }),
      status: 200,
    }),
    statement: (world, [id, userId]) => taken((db) => accept(act(db, world, Date.now()), id!, userId!)),
  },
  {
    name: 'members',
    title: 'list 100 members',
    takes: 'crowd',
    request: (_world, [id]) => ({
      method: 'GET',
      path: `/api/organizations/${id}/users?page=1&page_size=100`,
      status: 200,
    }),
    statement: (_world, [id]) =>
      taken((db) => findMembers(db, tenantId, id!, { page: { number: 1, size: 100 } })),
  },
  ...scalekitOperations,
];

const indicators = { management: managementIndicator(tenantId), managementHere: '' };

const standingFor = (
  db: Queries,
  exchange: Partial<Exchange> & Pick<Exchange, 'clientId' | 'kind' | 'value'>,
) =>
  findPersonStanding(
    db,
    tenantId,
    { organizationId: undefined, resource: undefined, ...exchange },
    indicators,
    Date.now(),
  );

const creation = (world: World, [invitee, organizationId]: readonly string[], more: object): Request => ({
  method: 'POST',
  path: invitations,
  body: JSON.stringify({
    organizationId,
    invitee,
    expiresAt: world.startedAt + week,
    organizationRoleIds: [world.roleId],
    ...more,
  }),
  status: 201,
});

const invitationOf = (world: World, [invitee, organizationId]: readonly string[]) => ({
  organizationId: organizationId!,
  invitee: invitee!,
  roleIds: [world.roleId],
  expiresAt: world.startedAt + week,
});

export const act = (db: Queries, world: World, at: number): Act => ({
  tenantId,
  by: { kind: 'management', id: world.clientId },
  at,
  db,
  keys: openKeys([{ id: 'bench', value: Buffer.alloc(32) }]),
  queued: () => undefined,
  atomically: () => Promise.reject(new Error('The statement is one by itself')),
});

/** A server that runs has the template in memory, and leaves out of its statements what it need not ask for then. */
export async function rememberAsServer(database: DbOptions): Promise<void> {
  const db = openDb({ ...database, pipes: 1, transactions: 1 });
  await loadTemplate(db, tenantId).finally(db.close);
}

/** The first statement that the verb sends. */
export async function taken(verb: (db: Queries) => Promise<unknown>): Promise<Statement> {
  let statement: Statement | undefined;
  const stop = new Error('This is all we want to know');
  const take = (asked: Statement) => {
    statement ??= asked;
    return Promise.reject(stop);
  };
  await verb({ rows: take, first: take, run: take }).catch((error) => {
    if (error !== stop) throw error;
  });
  return statement!;
}
