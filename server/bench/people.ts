/**
 * People for the benchmark: members who sign in through the pages as a browser without scripts does, with the code from
 * the development mailbox, to an application with a secret. What remains of each is a session and a refresh token.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Server } from './server.ts';

export type WebApplication = { id: string; secret: string };
export type People = {
  application: WebApplication;
  /** Of each person the refresh token and the organization. */
  refreshers: string[][];
  /** Of each person the cookies. */
  browsers: string[][];
  /** Of each person the organization and a token of it that may invite. */
  inviters: string[][];
};

export const redirectUri = 'http://localhost:9/callback';
export const personScopes =
  'openid offline_access profile urn:logto:scope:organizations read:member invite:member';
const resource = 'urn:logto:resource:organizations';

export const authorizePath = (applicationId: string): string =>
  `/oidc/auth?${new URLSearchParams({ client_id: applicationId, redirect_uri: redirectUri, response_type: 'code', scope: personScopes, resource })}`;

const organizationsEach = 12;

type Call = <T>(method: string, path: string, body?: object) => Promise<T>;

export async function openPeople(
  { url }: Server,
  token: string,
  roleIds: readonly string[],
  mailbox: pg.Client,
  count: number,
): Promise<People> {
  const call: Call = async (method, path, body) => {
    const response = await fetch(`${url}/api${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    const text = await response.text();
    return text === '' ? undefined : JSON.parse(text);
  };
  const { id } = await call<{ id: string }>('POST', '/applications', {
    name: 'Web',
    type: 'Traditional',
    oidcClientMetadata: { redirectUris: [redirectUri], postLogoutRedirectUris: [] },
  });
  const [{ value: secret } = { value: '' }] = await call<{ value: string }[]>(
    'GET',
    `/applications/${id}/secrets`,
  );
  const application = { id, secret };
  const people: People = { application, refreshers: [], browsers: [], inviters: [] };
  for (let n = 0; n < count; n++) {
    const address = `bench-${n}@people.example`;
    const user = await call<{ id: string }>('POST', '/users', { primaryEmail: address });
    const organization = await call<{ id: string }>('POST', '/organizations', { name: `People ${n}` });
    await call('POST', `/organizations/${organization.id}/users`, { userIds: [user.id] });
    await call('POST', `/organizations/${organization.id}/users/roles`, {
      userIds: [user.id],
      organizationRoleIds: roleIds,
    });
    const browser = new Browser(url);
    const code = await signIn(browser, application, address, mailbox);
    const refreshToken = await refreshTokenFor(url, application, code);
    people.refreshers.push([refreshToken, organization.id]);
    // Many organizations, as they come in many: one that all invite into at once would be measured for that.
    for (let more = 0; more < organizationsEach; more++) {
      const { id: own } = await call<{ id: string }>('POST', '/organizations', { name: `Inviting ${n}` });
      await call('POST', `/organizations/${own}/users`, { userIds: [user.id] });
      await call('POST', `/organizations/${own}/users/roles`, {
        userIds: [user.id],
        organizationRoleIds: roleIds,
      });
      people.inviters.push([own, await organizationTokenFor(url, application, refreshToken, own)]);
    }
    people.browsers.push([browser.cookies()]);
  }
  return people;
}

/** So many authorization codes, each good for a minute. */
export async function codesOf({ url }: Server, people: People, count: number): Promise<string[][]> {
  const codes: string[][] = [];
  const lane = async (cookie: string) => {
    while (codes.length < count) {
      const response = await fetch(url + authorizePath(people.application.id), {
        redirect: 'manual',
        headers: { cookie },
      });
      const code = new URL(response.headers.get('location')!).searchParams.get('code');
      if (!code) throw new Error(`No code: ${response.status} ${response.headers.get('location')}`);
      codes.push([code]);
    }
  };
  await Promise.all(people.browsers.map(([cookie]) => lane(cookie!)));
  return codes;
}

/** Returns the authorization code. */
async function signIn(browser: Browser, application: WebApplication, address: string, mailbox: pg.Client) {
  await browser.go(`${authorizePath(application.id)}&prompt=consent`);
  await browser.submit({ address });
  const back = await browser.submit({ code: await codeFor(mailbox, address) });
  const code = new URL(back).searchParams.get('code');
  if (!code) throw new Error(`Signing in ended at ${back}`);
  return code;
}

async function codeFor(mailbox: pg.Client, address: string): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const { rows } = await mailbox.query(
      "select message->>'text' as text from mailbox where message->>'to' = $1 order by received_at desc limit 1",
      [address],
    );
    const code = /\b(\d{6})\b/.exec(rows[0]?.text ?? '')?.[1];
    if (code) return code;
    await sleep(25);
  }
  throw new Error(`No code was mailed to ${address}`);
}

async function refreshTokenFor(url: string, { id, secret }: WebApplication, code: string): Promise<string> {
  const response = await fetch(`${url}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: id,
      client_secret: secret,
      redirect_uri: redirectUri,
      code,
    }),
  });
  const answer = (await response.json()) as { refresh_token?: string };
  return answer.refresh_token ?? Promise.reject(new Error(`No refresh token: ${JSON.stringify(answer)}`));
}

async function organizationTokenFor(
  url: string,
  { id, secret }: WebApplication,
  refreshToken: string,
  organizationId: string,
): Promise<string> {
  const response = await fetch(`${url}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: id,
      client_secret: secret,
      refresh_token: refreshToken,
      organization_id: organizationId,
    }),
  });
  const answer = (await response.json()) as { access_token?: string };
  return answer.access_token ?? Promise.reject(new Error(`No token: ${JSON.stringify(answer)}`));
}

/** So many newcomers, each with the organization and the token of the member who invites them. */
export function newcomersOf(people: People, count: number): Promise<string[][]> {
  const of = (n: number) => people.inviters[n % people.inviters.length]!;
  const address = () => `member${String(invited++).padStart(9, '0')}@example.com`;
  return Promise.resolve(Array.from({ length: count }, (_, n) => [address(), ...of(n)]));
}
let invited = 0;

/** Follows redirects and submits forms, and keeps cookies; knows nothing of scripts. */
class Browser {
  readonly #url: string;
  readonly #cookies = new Map<string, string>();
  #page = '';

  constructor(url: string) {
    this.#url = url;
  }

  cookies(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** Returns the address at which it ends: of this server's pages, or the first elsewhere. */
  async go(to: string, init: RequestInit = {}): Promise<string> {
    const url = new URL(to, this.#url);
    if (url.origin !== new URL(this.#url).origin) return url.href;
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: this.cookies() },
    });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    this.#page = await response.text();
    const location = response.headers.get('location');
    if (location) return this.go(new URL(location, url).href);
    if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}`);
    return url.href;
  }

  /** Submits the first form of the page. */
  submit(fields: Record<string, string>): Promise<string> {
    const form = /<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/.exec(this.#page);
    if (!form) throw new Error(`There is no form: ${this.#page.slice(0, 500)}`);
    const hidden = [...form[2]!.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)];
    const body = new URLSearchParams({
      ...Object.fromEntries(hidden.map(([, name, value]) => [name, value])),
      ...fields,
    });
    return this.go(form[1]!.replaceAll('&amp;', '&'), { method: 'POST', body });
  }

  #keep(cookie: string): void {
    const [pair = '', ...attributes] = cookie.split(/; */);
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    const isOver = attributes.some((attribute) => /^expires=Thu, 01 Jan 1970/i.test(attribute));
    if (isOver) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
