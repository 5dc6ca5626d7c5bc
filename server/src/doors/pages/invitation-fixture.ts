/** What the tests of the invitation page begin with: an invitation, its links, and browsers without a window. */

import { testKeys } from '../../../test/fixtures.ts';
import type { TestApp } from '../../../test/harness.ts';
import { signLink } from '../../domain/link.ts';

export const day = 86_400_000;

export type Made = {
  readonly id: string;
  /** As it came by mail. */
  readonly link: string;
  readonly organizationId: string;
};

export async function invited(t: TestApp, changes: Record<string, unknown> = {}): Promise<Made> {
  const organizationId =
    (changes.organizationId as string) ?? (await t.api('POST', '/organizations', { name: 'Acme' })).body.id;
  const invitation = await t.api('POST', '/organization-invitations', {
    invitee: 'ann@example.com',
    expiresAt: t.now() + 7 * day,
    messagePayload: {},
    ...changes,
    organizationId,
  });
  if (invitation.status !== 201) throw new Error(JSON.stringify(invitation.body));
  await t.drain();
  return { id: invitation.body.id, link: linkIn(t), organizationId };
}

/** The link of the last mail. */
export const linkIn = (t: TestApp): string => /http:\S+\/invitations\/\S+/.exec(t.mails.at(-1)!.text!)![0];

export const codeIn = (t: TestApp): string => /\b\d{6}\b/.exec(t.mails.at(-1)!.text!)![0];

export const copiedLink = async (t: TestApp, id: string): Promise<string> =>
  (await t.api('GET', `/organization-invitations/${id}/link`)).body.link;

/** A link of any facts, genuinely signed. */
export const signed = (t: TestApp, invitationId: string, generation = 1, channel: 'mail' | 'copy' = 'mail') =>
  `${t.url}/invitations/${signLink(testKeys, 'default', { invitationId, generation, channel })}`;

export const accountOf = async (t: TestApp, address: string, more: object = {}): Promise<string> =>
  (await t.api('POST', '/users', { primaryEmail: address, ...more })).body.id;

type Cookie = { value: string; path: string };
export type Shown = { status: number; text: string; headers: Headers; location: string | null; path: string };

/** A browser without a window: keeps cookies by their paths, follows no redirect unless told, sends forms of ours. */
export class Visitor {
  readonly t: TestApp;
  readonly cookies = new Map<string, Cookie>();
  #formToken = '';

  constructor(t: TestApp) {
    this.t = t;
  }

  async fetch(address: string, init: RequestInit = {}): Promise<Shown> {
    const url = new URL(address, this.t.url);
    const cookie = [...this.cookies]
      .filter(([, { path }]) => path === '/' || url.pathname === path || url.pathname.startsWith(`${path}/`))
      .map(([key, { value }]) => `${key.split(' ')[0]}=${value}`)
      .join('; ');
    const response = await fetch(url, {
      redirect: 'manual',
      ...init,
      headers: { ...(cookie ? { cookie } : {}), ...(init.headers as Record<string, string>) },
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const text = await response.text();
    this.#formToken = /name="form_token" value="([^"]+)"/.exec(text)?.[1] ?? this.#formToken;
    const { status, headers } = response;
    return { status, text, headers, location: headers.get('location'), path: url.pathname };
  }

  /** Follows redirects of this server, as a browser does. */
  async open(address: string): Promise<Shown> {
    let shown = await this.fetch(address);
    for (let hops = 0; shown.location?.startsWith('/') && hops < 5; hops++)
      shown = await this.fetch(shown.location);
    return shown;
  }

  /** Presses a button of a form. */
  post(path: string, fields: Record<string, string> = {}): Promise<Shown> {
    return this.fetch(path, {
      method: 'POST',
      body: new URLSearchParams({ form_token: this.#formToken, ...fields }),
    });
  }

  get hasSession(): boolean {
    return this.cookies.has('usher_session /');
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(/;\s*/);
    const [name, value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    const path = attributes.find((text) => /^path=/i.test(text))?.slice(5) ?? '/';
    const expires = attributes.find((text) => /^expires=/i.test(text))?.slice(8);
    if (value === '' || (expires && Date.parse(expires) < Date.now())) this.cookies.delete(`${name} ${path}`);
    else this.cookies.set(`${name} ${path}`, { value, path });
  }
}

/** A browser in which this person is signed in, by the link of an invitation to an organization of their own. */
export async function signedIn(t: TestApp, address: string, name = 'Somebody'): Promise<Visitor> {
  const visitor = new Visitor(t);
  const { id, link } = await invited(t, { invitee: address });
  await visitor.open(link);
  await visitor.post(`/invitation/${id}/accept`, { name });
  if (!visitor.hasSession) throw new Error('nobody was signed in');
  return visitor;
}

export const members = (t: TestApp, organizationId: string): Promise<{ user_id: string }[]> =>
  t.sql('select user_id from members where organization_id = $1', [organizationId]);

/** All that a visitor could change. */
export const everything = (t: TestApp) =>
  t.sql(`select 'i' as k, to_jsonb(i) as row from invitations i union all select 'm', to_jsonb(m) from members m
    union all select 'u', to_jsonb(u) from users u
    union all select 's', to_jsonb(s) from sessions s union all select 'p', to_jsonb(p) from proofs p
    union all select 'j', to_jsonb(j) from journal j union all select 'd', to_jsonb(d) from deliveries d order by 1, 2`);
