/**
 * Where the browser goes after accepting: to the address given with the invitation, else to the application's own
 * sign-in with the parameters of a third-party-initiated login (OpenID Connect Core, section 4), else to the account.
 */
import { findPlaces } from '../../domain/applications/places.ts';
import { destinationOf } from '../../domain/invitations/destination.ts';
import { httpUrl } from '../../outbox/mail/links.ts';
import type { OtherIssuer } from '../authorizations.ts';
import type { PagesDoor } from './index.ts';

export type WayOn = {
  readonly url: string;
  /** Of the application; none where the way leads to the account. */
  readonly name: string | undefined;
  /** Origins (or `scheme:`) that the browser passes on its way: what it is led to by a form must be allowed there. */
  readonly targets: readonly string[];
};

const account: WayOn = { url: '/account', name: undefined, targets: [] };

export async function wayOnOf(
  door: PagesDoor,
  id: string,
  { organizationId, invitee }: { readonly organizationId: string; readonly invitee: string },
): Promise<WayOn> {
  const { redirect, initiateLogin, applicationId, applicationName } = await destinationOf(
    door.db,
    door.tenantId,
    id,
  );
  if (!(redirect ?? initiateLogin) || !applicationId) return account;
  const [place] = await findPlaces(door.db, door.tenantId, applicationId);
  const otherIssuer = place?.type === 'MachineToMachine' ? door.otherIssuer : undefined;
  const issuer = otherIssuer ?? { url: `${door.publicUrl}/oidc`, organizationName: (name: string) => name };
  const url = redirect ?? initiated(issuer, initiateLogin, organizationId, invitee);
  if (!url) return account;
  const callbacks = [place?.metadata.redirectUris].flat();
  return { url, name: applicationName, targets: [...new Set([url, ...callbacks].flatMap(targetOf))] };
}

function initiated(
  issuer: OtherIssuer,
  address: string | undefined,
  organizationId: string,
  invitee: string,
): string | undefined {
  const url = URL.parse(httpUrl(address) ?? '');
  url?.searchParams.set('iss', issuer.url);
  url?.searchParams.set('login_hint', invitee);
  // Which page the application shows after signing in is its own affair: it is asked for its front page.
  url?.searchParams.set('target_link_uri', `${url.origin}/`);
  url?.searchParams.set('organization_id', issuer.organizationName(organizationId));
  return url?.href;
}

function targetOf(address: unknown): string[] {
  const url = typeof address === 'string' ? URL.parse(address) : null;
  return url ? [url.origin === 'null' ? url.protocol : url.origin] : [];
}
