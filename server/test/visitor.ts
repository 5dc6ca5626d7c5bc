/** For tests of flows: a browser by protocol, with its cookies, and an application that asks it in and takes the code. */
import { hash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import Cookies from 'cookies';
import { cookieKeysOf, sessionCookieName } from '../src/domain/sessions/cookie.ts';
import type { Method } from '../src/domain/sessions/sessions.ts';
import { signIn } from '../src/domain/users/sign-in.ts';
import type { Flow } from '../src/doors/flows.ts';
import { testKeys } from './fixtures.ts';
import type { TestApp } from './harness.ts';

export const organizationsScope = 'urn:logto:scope:organizations';
export const organizationsResource = 'urn:logto:resource:organizations';

/** A response that nobody reads. */
const unheard = { getHeader: () => undefined, setHeader: () => undefined } as unknown as ServerResponse;

export type Visitor = ReturnType<typeof visitor>;

export function visitor(t: TestApp) {
  /** By path and name. */
  const cookies = new Map<string, { name: string; value: string; path: string }>();
  const sessionName = sessionCookieName(t.url);

  const headersFor = (path: string) => ({
    cookie: [...cookies.values()]
      .filter((cookie) => cookie.path === '/' || path === cookie.path || path.startsWith(`${cookie.path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; '),
  });

  function keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      const path = /; path=([^;]*)/i.exec(line)?.[1] ?? '/';
      const key = `${path} ${name}`;
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(key);
      else cookies.set(key, { name: name!, value: value!, path });
    }
  }

  /** What the pages do in the end: sets the session cookie of this browser. */
  function setSession(value: string): void {
    const lines: string[] = [];
    const response = {
      getHeader: () => undefined,
      setHeader: (_: string, given: string[]) => lines.push(...given),
    };
    const jar = new Cookies({ headers: {} } as IncomingMessage, response as unknown as ServerResponse, {
      keys: cookieKeysOf(testKeys),
      secure: false,
    });
    jar.set(sessionName, value, { signed: true });
    keep(lines);
  }

  const self = {
    cookies,
    async get(url: string, init: RequestInit = {}): Promise<Response> {
      const address = new URL(url, t.url);
      const response = await fetch(address, {
        redirect: 'manual',
        ...init,
        headers: { accept: 'text/html', ...headersFor(address.pathname), ...(init.headers as object) },
      });
      keep(response.headers.getSetCookie());
      return response;
    },
    async signIn(userId: string, methods: readonly Method[] = ['otp']) {
      const before = cookies.get(`/ ${sessionName}`)?.value;
      const signedIn = await t.app.act({ kind: 'user', id: userId }, (act) =>
        signIn(act, userId, methods, { before, userAgent: 'test' }),
      );
      setSession(signedIn.value);
      return signedIn.session;
    },
    signOut(): void {
      cookies.delete(`/ ${sessionName}`);
      cookies.delete(`/ ${sessionName}.sig`);
    },
    flow: (uid?: string): Promise<Flow | undefined> =>
      t.app.oidc.flows.find({ headers: headersFor('/sign-in') } as IncomingMessage, unheard, uid),
    /**
     * Goes where the browser is sent, as the person; the pages are answered with yes. Returns the address of the
     * application that it arrives at, or the answer that is no redirect.
     */
    async follow(
      url: string,
      userId: string,
      organizationIds: readonly string[] = [],
    ): Promise<URL | Response> {
      for (let at = url, hops = 0; hops < 12; hops++) {
        const next = new URL(at, t.url);
        const uid = next.searchParams.get('flow') ?? undefined;
        if (next.origin === new URL(t.url).origin && next.pathname === '/sign-in') {
          const session = await self.signIn(userId);
          at = await t.app.oidc.flows.signedIn(uid!, {
            userId,
            signedInAt: session.signedInAt,
            methods: session.methods as Method[],
          });
        } else if (next.origin === new URL(t.url).origin && next.pathname === '/consent') {
          at = await t.app.oidc.flows.consented(uid!, organizationIds);
        } else if (next.origin !== new URL(t.url).origin) {
          return next;
        } else {
          const response = await self.get(next.href);
          const location = response.headers.get('location');
          if (!location) return response;
          at = location;
        }
      }
      throw new Error('Sent around in circles');
    },
  };
  return self;
}

export type TestClient = { id: string; secret?: string | undefined; redirectUri: string };

export async function makeClient(
  t: TestApp,
  type: 'SPA' | 'Traditional' | 'Native',
  more: Record<string, unknown> = {},
): Promise<TestClient> {
  const redirectUri = type === 'Native' ? 'com.example.app://callback' : 'https://app.example/callback';
  const { body } = await t.api('POST', '/applications', {
    name: `A ${type}`,
    type,
    oidcClientMetadata: { redirectUris: [redirectUri], postLogoutRedirectUris: ['https://app.example/'] },
    ...more,
  });
  const secrets = type === 'Traditional' ? await t.api('GET', `/applications/${body.id}/secrets`) : undefined;
  return { id: body.id, secret: secrets?.body[0].value, redirectUri };
}

export type Asked = {
  scope?: string;
  resource?: string | string[];
  prompt?: string;
  [parameter: string]: string | string[] | undefined;
};

/** The address of an authorization request, and the verifier that its code needs. */
export function request(t: TestApp, client: TestClient, { scope, resource = [], ...asked }: Asked = {}) {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: client.id,
    redirect_uri: client.redirectUri,
    response_type: 'code',
    scope: scope ?? `openid offline_access profile ${organizationsScope}`,
    state: 'a-state',
    code_challenge: hash('sha256', verifier, 'base64url'),
    code_challenge_method: 'S256',
    prompt: 'consent',
  });
  for (const each of [resource].flat()) query.append('resource', each);
  for (const [name, value] of Object.entries(asked))
    if (value === undefined) query.delete(name);
    else query.set(name, String(value));
  return { url: `${t.url}/oidc/auth?${query}`, verifier };
}

export type Tokens = {
  status: number;
  body: Record<string, any>;
  headers: Headers;
};

export async function askForTokens(
  t: TestApp,
  client: TestClient,
  fields: Record<string, string | undefined>,
  headers: Record<string, string> = {},
): Promise<Tokens> {
  const all = { client_id: client.id, client_secret: client.secret, ...fields };
  const body = new URLSearchParams(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const response = await fetch(`${t.url}/oidc/token`, { method: 'POST', body, headers });
  return {
    status: response.status,
    body: (await response.json()) as Tokens['body'],
    headers: response.headers,
  };
}

export const refreshed = (
  t: TestApp,
  client: TestClient,
  refreshToken: string,
  fields: Record<string, string | undefined> = {},
) => askForTokens(t, client, { grant_type: 'refresh_token', refresh_token: refreshToken, ...fields });

export const redeemed = (t: TestApp, client: TestClient, code: string, verifier: string | undefined) =>
  askForTokens(t, client, {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: client.redirectUri,
  });

/** Comes in with a new browser (or this one), and takes the tokens. */
export async function comeIn(
  t: TestApp,
  client: TestClient,
  userId: string,
  asked: Asked = {},
  {
    browser = visitor(t),
    organizationIds = [],
  }: { browser?: Visitor; organizationIds?: readonly string[] } = {},
) {
  const { url, verifier } = request(t, client, asked);
  const arrived = await browser.follow(url, userId, organizationIds);
  if (!(arrived instanceof URL)) throw new Error(`Stayed here: ${arrived.status} ${await arrived.text()}`);
  const code = arrived.searchParams.get('code');
  if (!code) throw new Error(`Sent back without a code: ${arrived}`);
  const tokens = await redeemed(t, client, code, verifier);
  return { browser, code, verifier, arrived, ...tokens };
}

export const payloadOf = (jwt: string): Record<string, any> =>
  JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString());
