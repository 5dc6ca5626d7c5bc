/**
 * What is measured: for each operation the request, and the statement that the server's own verb sends for it. The
 * statement is not copied here: the verb runs against a database that only takes down what it is asked.
 */
import type { Act } from '../src/act.ts';
import { defaultMailBounds } from '../src/config.ts';
import { type Queries, type Statement, sql } from '../src/db/db.ts';
import { accept } from '../src/domain/invitations/accept.ts';
import { getInvitation } from '../src/domain/invitations/find.ts';
import { invite } from '../src/domain/invitations/invite.ts';
import { sliceAsJson } from '../src/domain/invitations/list-json.ts';
import { openKeys } from '../src/domain/keys.ts';
import { standingOfUser } from '../src/domain/members/effective.ts';
import { managementIndicator } from '../src/domain/tenants/seed.ts';
import { findBotStanding } from '../src/doors/oidc/credentials.ts';

/** What all requests of a run have in common. */
export type World = {
  port: number;
  token: string;
  clientId: string;
  clientSecret: string;
  roleId: string;
  startedAt: number;
};

type Request = { method: string; path: string; body?: string; form?: true; status: number };
export type InputKind = 'invitation' | 'full organization' | 'member' | 'bot' | 'newcomer' | 'invited user';

export type Operation = {
  name: 'get' | 'list' | 'scopes' | 'token' | 'create' | 'mail' | 'accept';
  title: string;
  takes: InputKind;
  /** The least share of the limit that will do. */
  goal?: number;
  request(world: World, input: readonly string[]): Request;
  statement(world: World, input: readonly string[]): Promise<Statement>;
  /** The limit is how fast one process signs; else it is the statement sent straight through the driver. */
  isSigning?: true;
};

export const tenantId = 'default';
const week = 7 * 86_400_000;
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
    isSigning: true,
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
          { management: managementIndicator(tenantId), managementHere: '' },
        ),
      ),
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
    name: 'mail',
    title: 'create with mail',
    takes: 'newcomer',
    goal: 0.5,
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
];

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

const act = (db: Queries, world: World, at: number): Act => ({
  tenantId,
  by: { kind: 'management', id: world.clientId },
  at,
  db,
  keys: openKeys([{ id: 'bench', value: Buffer.alloc(32) }]),
  queued: () => undefined,
  atomically: () => Promise.reject(new Error('The statement is one by itself')),
});

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
