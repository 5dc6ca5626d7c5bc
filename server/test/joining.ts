/** People with a proven address, and what they do with links and requests, without a browser. */
import { joinByLink } from '../src/domain/join-links/join.ts';
import { readJoinToken } from '../src/domain/join-links/token.ts';
import { askByLink } from '../src/domain/join-requests/ask.ts';
import { Refusal } from '../src/domain/refusal.ts';
import { testKeys } from './fixtures.ts';
import type { TestApp } from './harness.ts';
import type { Insider } from './insiders.ts';
import { visitor } from './visitor.ts';

const mail = {
  bounds: {
    recipient: { most: 1000, windowMs: 1000 },
    organization: { most: 1000, windowMs: 1000 },
    inviter: { most: 1000, windowMs: 1000 },
    client: { most: 1000, windowMs: 1000 },
  },
  hasDefaultConnector: true,
};

export async function makePeople(t: TestApp, count: number, domain = 'example.com'): Promise<string[]> {
  const prefix = Math.random().toString(36).slice(2, 10);
  const rows = await t.sql<{ id: string }>(
    `insert into users (tenant_id, id, primary_email, email_verified_at, created_at, updated_at)
     select 'default', '${prefix}' || n, '${prefix}' || n || '@' || $2, 1, 1, 1 from generate_series(1, $1::int) n returning id`,
    [count, domain],
  );
  return rows.map(({ id }) => id);
}

export const makePerson = async (t: TestApp, domain?: string): Promise<string> =>
  (await makePeople(t, 1, domain))[0]!;

export async function makeJoinLink(
  t: TestApp,
  organizationId: string,
  settings: object = {},
  who: Pick<Insider, 'api'> = t,
): Promise<{ id: string; url: string }> {
  const made = await who.api('POST', `/organizations/${organizationId}/join-links`, settings);
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  return { id: made.body.id, url: await urlOfLink(t, organizationId, made.body.id) };
}

export const urlOfLink = async (t: TestApp, organizationId: string, id: string): Promise<string> =>
  (await t.api('GET', `/organizations/${organizationId}/join-links/${id}/link`)).body.link;

export const tokenIn = (url: string) => readJoinToken(testKeys, 'default', url.split('/').at(-1)!)!;

/** `joined`, `member`, or the code of the refusal. */
export const join = (
  t: TestApp,
  url: string,
  userId: string,
  methods: readonly string[] = ['otp'],
): Promise<string> =>
  t.app
    .act({ kind: 'user', id: userId }, (act) => joinByLink(act, tokenIn(url), { userId, methods }))
    .then((isNew) => (isNew ? 'joined' : 'member'), codeOf);

export const ask = (t: TestApp, url: string, userId: string): Promise<string> =>
  t.app
    .act({ kind: 'user', id: userId }, (act) =>
      askByLink(act, tokenIn(url), { userId, methods: ['otp'] }, mail),
    )
    .then(() => 'asked', codeOf);

function codeOf(error: unknown): string {
  if (error instanceof Refusal) return error.code;
  throw error;
}

export const rolesIn = async (t: TestApp, organizationId: string, userId: string): Promise<string[]> =>
  (
    await t.sql<{ role_id: string }>(
      'select role_id from member_roles where organization_id = $1 and user_id = $2 order by 1',
      [organizationId, userId],
    )
  ).map(({ role_id }) => role_id);

export const countMembers = async (t: TestApp, organizationId: string): Promise<number> =>
  (await t.sql('select count(*)::int as n from members where organization_id = $1', [organizationId]))[0].n;

/** A browser in which this person is signed in, that follows links for many and presses their buttons. */
export async function joiner(t: TestApp, userId: string) {
  const browser = visitor(t);
  const page = await (await browser.get('/sign-in')).text();
  const form_token = /name="form_token" value="([^"]+)"/.exec(page)![1]!;
  await browser.signIn(userId);
  return {
    arrive: async (url: string): Promise<void> => void (await (await browser.get(url)).text()),
    /** 303 where it is done; otherwise the status of the page that says why not. */
    async answer(linkId: string, deed: 'accept' | 'ask'): Promise<number> {
      const body = new URLSearchParams({ form_token });
      const response = await browser.get(`/join/${linkId}/${deed}`, { method: 'POST', body });
      await response.text();
      return response.status;
    },
  };
}
