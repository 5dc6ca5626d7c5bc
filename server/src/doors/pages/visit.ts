/**
 * One request of a browser: its cookies, who is signed in, and what its forms must carry. Every form holds a token
 * made from a cookie of the browser, and every POST is checked for it before anything else; a POST whose Origin is
 * another site is refused whatever it carries.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import Cookies from 'cookies';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { cookieKeysOf, sessionCookieName } from '../../domain/sessions/cookie.ts';
import { digestOfCookie, findSession, type Session, sessionLifeMs } from '../../domain/sessions/sessions.ts';
import type { Browser } from '../../domain/users/sign-in.ts';
import { type Html, html } from './html.ts';
import type { PagesDoor } from './index.ts';

export type Visit = {
  /** Who is signed in here. */
  readonly session: Session | undefined;
  /** The value of the session cookie that came. */
  readonly sessionValue: string | undefined;
  /** SHA-256 of the cookie that names this browser: what a proof is bound to. */
  readonly browser: Buffer;
  /** The hidden field that every form of ours carries. */
  readonly formField: Html;
  /** The same as plain text, for scripts of ours. */
  readonly formToken: string;
  readonly userAgent: string | undefined;
  /** Of the connection. */
  readonly ip: string;
  signedIn(value: string): void;
  signedOut(): void;
  /** A signed cookie of the pages, by its name without prefix. */
  cookie(name: string): string | undefined;
  setCookie(name: string, value: string | undefined, options: { path: string; lifeMs?: number }): void;
};

const formFieldName = 'form_token';

export async function visitOf(door: PagesDoor, request: FastifyRequest, reply: FastifyReply): Promise<Visit> {
  const cookies = cookiesOf(door, request, reply);
  const sessionName = sessionCookieName(door.publicUrl);
  const sessionValue = cookies.get(sessionName, { signed: true });
  const id = browserId(cookies);
  const formToken = masked(formTokenOf(door, id));
  const always = { httpOnly: true, sameSite: 'lax', signed: true, overwrite: true } as const;
  return {
    session: sessionValue ? await findSession(door.db, door.tenantId, sessionValue, door.clock()) : undefined,
    sessionValue,
    browser: digestOfCookie(id),
    formField: html`<input type="hidden" name="${formFieldName}" value="${formToken}">`,
    formToken,
    userAgent: request.headers['user-agent'],
    ip: request.ip,
    signedIn: (value) =>
      void cookies.set(sessionName, value, { ...always, path: '/', maxAge: sessionLifeMs }),
    signedOut: () => void cookies.set(sessionName, null, { ...always, path: '/' }),
    cookie: (name) => cookies.get(`usher_${name}`, { signed: true }),
    setCookie(name, value, { path, lifeMs }) {
      cookies.set(`usher_${name}`, value ?? null, { ...always, path, ...(lifeMs ? { maxAge: lifeMs } : {}) });
    },
  };
}

/** What is written down of the browser in which somebody signs in. */
export const browserOf = ({ userAgent, ip, sessionValue: before }: Visit): Browser => ({
  userAgent,
  ip,
  before,
});

/** True when the POST comes from a form (or script) of ours in this browser. */
export function isOurForm(door: PagesDoor, request: FastifyRequest, reply: FastifyReply): boolean {
  if (!isOurOrigin(door, request)) return false;
  const id = cookiesOf(door, request, reply).get(browserCookie, { signed: true });
  const given = (request.body as Record<string, unknown> | undefined)?.[formFieldName];
  if (!id || typeof given !== 'string') return false;
  const expected = formTokenOf(door, id);
  const actual = unmasked(given);
  return actual !== undefined && expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** A page that tells no referrer tells no origin either: then the browser says by itself where the form stood. */
export function isOurOrigin({ publicUrl }: PagesDoor, { headers }: FastifyRequest): boolean {
  const { origin, host } = headers;
  if (origin === undefined || origin === new URL(publicUrl).origin) return true;
  return origin === 'null' ? headers['sec-fetch-site'] === 'same-origin' : URL.parse(origin)?.host === host;
}

const browserCookie = 'usher_browser';
const browserLifeMs = 400 * 86_400_000;

function cookiesOf(door: PagesDoor, request: FastifyRequest, reply: FastifyReply): Cookies {
  return new Cookies(request.raw, reply.raw, {
    keys: cookieKeysOf(door.keys),
    secure: door.publicUrl.startsWith('https:'),
  });
}

function browserId(cookies: Cookies): string {
  const known = cookies.get(browserCookie, { signed: true });
  if (known) return known;
  const id = randomBytes(16).toString('base64url');
  cookies.set(browserCookie, id, {
    httpOnly: true,
    sameSite: 'lax',
    signed: true,
    overwrite: true,
    path: '/',
    maxAge: browserLifeMs,
  });
  return id;
}

const formTokenOf = (door: PagesDoor, id: string): Buffer => door.keys.mac('form', `${door.tenantId}.${id}`)!;

/** Looks different in every page: what is the same in many packed answers could be guessed from their lengths. */
function masked(token: Buffer): string {
  const mask = randomBytes(token.length);
  return Buffer.concat([mask, token.map((byte, at) => byte ^ mask[at]!)]).toString('base64url');
}

function unmasked(text: string): Buffer | undefined {
  const both = Buffer.from(text.slice(0, 200), 'base64url');
  const half = both.length / 2;
  if (!Number.isInteger(half)) return undefined;
  return Buffer.from(both.subarray(half).map((byte, at) => byte ^ both[at]!));
}
