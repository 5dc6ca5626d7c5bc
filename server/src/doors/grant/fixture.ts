/** For the tests of this door: people who registered through it, and calls in their name. */
import { afterAll, beforeAll, expect } from 'vitest';
import { type Answer, type TestApp, type TestAppOptions, testApp } from '../../../test/harness.ts';

type Body = Record<string, unknown>;
export type Caller = {
  readonly id: string;
  readonly email: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
};

export type Door = TestApp & {
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Registers and proves the address. */
  person(email?: string, name?: string): Promise<Caller>;
  registered(email?: string): Promise<Caller>;
  /** Of this maker; the roles of the tenant's organizations by name. */
  organization(maker: Caller, name?: string): Promise<Organization>;
  /** Somebody new, invited with this role and in. */
  member(organization: Organization, role: RoleName): Promise<Caller>;
  /** The mails to this address, the newest last. */
  mailsTo(email: string): Promise<string[]>;
  /** The token of the link that this address got last. */
  tokenFor(email: string): Promise<string>;
};

export type RoleName = 'Owner' | 'Admin' | 'Dev' | 'Viewer';
export type Organization = {
  readonly id: string;
  readonly maker: Caller;
  readonly scope: { id: string; tenant: 'organization' };
  /** `?scopeId=…&tenant=organization&organizationId=…` */
  readonly query: string;
  readonly roles: Readonly<Record<RoleName, string>>;
};

export const password = 'correct horse battery';
let count = 0;
export const unique = (what: string): string => `${what}${process.pid.toString(36)}${(count++).toString(36)}`;
export const newAddress = (): string => `${unique('someone')}@example.com`;

/** An app of its own for this test file. */
export function openDoor(options?: TestAppOptions): Door {
  const door = {} as Door;
  beforeAll(async () => {
    Object.assign(door, await testApp(options));
    Object.assign(door, calling(door), making(door));
  });
  afterAll(() => door.close());
  return door;
}

function calling(door: Door): Pick<Door, 'call' | 'mailsTo' | 'tokenFor'> {
  return {
    async call(method, path, body, headers = {}) {
      const response = await fetch(`${door.url}/grant/api${path}`, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      return { status: response.status, body: await response.json(), headers: response.headers };
    },
    async mailsTo(email) {
      await door.drain();
      return door.mails
        .filter((mail) => JSON.stringify(mail.to).includes(email.toLowerCase()))
        .map((mail) => mail.text ?? '');
    },
    async tokenFor(email) {
      const mails = (await door.mailsTo(email)).join('\n');
      return [...mails.matchAll(/\/invitations\/([\w.-]+)/g)].at(-1)![1]!;
    },
  };
}

function making(door: Door): Pick<Door, 'person' | 'registered' | 'organization' | 'member'> {
  const as = (email: string, { id, accessToken, refreshToken }: Body): Caller => ({
    id: id as string,
    email,
    accessToken: accessToken as string,
    refreshToken: refreshToken as string,
    call: (method, path, body, headers) =>
      door.call(method, path, body, { authorization: `Bearer ${accessToken}`, ...headers }),
  });
  return {
    async registered(email = newAddress()) {
      const { status, body } = await door.call('POST', '/auth/register', registration(email));
      expect(status, JSON.stringify(body)).toBe(201);
      return as(email, { id: body.data.account.id, ...body.data });
    },
    async person(email = newAddress()) {
      const pending = await door.registered(email);
      const { body } = await pending.call('POST', '/auth/verify-email', {
        token: await codeFor(door, email),
      });
      return as(email, { ...pending, id: body.data.accounts[0].id });
    },
    async organization(maker, name = 'Acme') {
      const account = await maker.call('POST', '/me/accounts', {});
      const accounts = await maker.call('GET', '/me/accounts');
      const id = account.body.data?.id ?? accounts.body.data[1].id;
      const made = await maker.call('POST', '/organizations', { name, scope: { id, tenant: 'account' } });
      expect(made.status, JSON.stringify(made.body)).toBe(201);
      const { id: organizationId } = made.body.data;
      const roles = await door.sql<{ name: RoleName; id: string }>('select name, id from organization_roles');
      return {
        id: organizationId,
        maker,
        scope: { id: organizationId, tenant: 'organization' },
        query: `?scopeId=${organizationId}&tenant=organization&organizationId=${organizationId}`,
        roles: Object.fromEntries(roles.map((role) => [role.name, role.id])) as Organization['roles'],
      };
    },
    async member({ scope, maker, roles }, role) {
      const person = await door.person();
      await maker.call('POST', '/organization-invitations/invite', {
        scope,
        email: person.email,
        roleId: roles[role],
      });
      const token = await door.tokenFor(person.email);
      const accepted = await person.call('POST', '/organization-invitations/accept', { token });
      expect(accepted.status, JSON.stringify(accepted.body)).toBe(200);
      return person;
    },
  };
}

export const registration = (email: string, secret = password) => ({
  name: 'Ann',
  type: 'personal',
  provider: 'email',
  providerId: email,
  providerData: { password: secret },
});

export async function codeFor(door: Door, email: string): Promise<string> {
  const mails = await door.mailsTo(email);
  return /\b(\d{6})\b/.exec(mails.at(-1) ?? '')![1]!;
}
