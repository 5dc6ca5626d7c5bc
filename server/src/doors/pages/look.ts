/**
 * Whom a page speaks for: the application that sent the person, with the name, logo and colours of the organization
 * that it names, otherwise those of the tenant.
 */
import { type Queries, sql } from '../../db/db.ts';
import type { Host, Tenant } from '../../domain/invitations/look.ts';
import { inertName } from '../../outbox/mail/inert.ts';
import { httpUrl } from '../../outbox/mail/links.ts';
import type { Flow } from '../flows.ts';
import { assets } from './assets.ts';
import { type Html, html } from './html.ts';
import type { Colors } from './theme.ts';

export type Look = {
  /** Of the application or the tenant. */
  readonly name: string;
  /** Somebody gave it; otherwise it is the name of this house. */
  readonly isNamed: boolean;
  /** Of the organization for which the application asks. */
  readonly organization: string | undefined;
  readonly logo: string | undefined;
  readonly darkLogo: string | undefined;
  readonly colors: Colors;
  readonly fallbackLanguage: string;
  readonly termsUrl: string | undefined;
  readonly privacyUrl: string | undefined;
  /** What the tenant lets people do without an application. */
  readonly maySignUp: boolean;
};

export async function tenantOf(db: Queries, tenantId: string): Promise<Tenant> {
  const row = await db.first<Tenant>(
    sql`select name, branding, color, fallback_language as "fallbackLanguage" from tenants where id = ${tenantId}`,
  );
  return row!;
}

/** The logo and the colours that an organization has not chosen itself are the tenant's. */
export function dressed<L extends object>(look: L & { readonly host?: Host }, tenant: Tenant): L {
  const { host } = look;
  if (!host) return look;
  const ofTenant = logosOf(tenant.branding);
  const logos = webPicture(host.logoUrl) ? host : { logoUrl: ofTenant.logo, darkLogoUrl: ofTenant.darkLogo };
  const { logoUrl, darkLogoUrl } = logos;
  const color = typeof host.color.primaryColor === 'string' ? host.color : tenant.color;
  return { ...look, host: { ...host, logoUrl, darkLogoUrl, color } };
}

/** The title of a page that speaks for an organization names the tenant, too, where it has a name. */
export function titled(title: string, { name }: Tenant): string {
  const shown = inertName(name ?? '');
  return shown ? `${title} · ${shown}` : title;
}

type Branding = { logoUrl?: unknown; darkLogoUrl?: unknown };
type Row = {
  name: string | null;
  branding: Branding;
  color: Colors;
  mode: string;
  language: string;
  terms: string | null;
  privacy: string | null;
  organization: string | null;
  organizationBranding: Branding | null;
  organizationColor: Colors | null;
};

export async function lookOf(db: Queries, tenantId: string, flow: Flow | undefined): Promise<Look> {
  const row = await db.first<Row>(sql`
    select t.name, t.branding, t.color, t.sign_in_mode as mode, t.fallback_language as language,
           t.terms_of_use_url as terms, t.privacy_policy_url as privacy, o.name as organization,
           o.branding as "organizationBranding", o.color as "organizationColor"
      from tenants t left join organizations o on o.tenant_id = t.id and o.id = ${flow?.organizationId ?? null} and o.disabled_at is null
     where t.id = ${tenantId}`);
  const tenant = row!;
  const ofOrganization = logosOf(tenant.organizationBranding ?? {});
  const ofApplication = { logo: webPicture(flow?.application.logoUrl), darkLogo: undefined };
  const logos = [ofOrganization, ofApplication, logosOf(tenant.branding)].find(({ logo }) => logo);
  const hasColor = typeof tenant.organizationColor?.primaryColor === 'string';
  const name = inertName(flow?.application.name ?? tenant.name ?? '');
  return {
    name: name || 'Usher',
    isNamed: name !== '',
    organization: inertName(tenant.organization ?? '') || undefined,
    logo: logos?.logo,
    darkLogo: logos?.darkLogo,
    colors: hasColor ? tenant.organizationColor! : tenant.color,
    fallbackLanguage: tenant.language,
    termsUrl: httpUrl(tenant.terms),
    privacyUrl: httpUrl(tenant.privacy),
    maySignUp: tenant.mode !== 'SignIn' && (flow?.application.mayRegister ?? true),
  };
}

/** The picture that stands for them, or the first letter of their name; always of one size, so that nothing moves. */
export function emblemOf({ logo, darkLogo, name, organization, isNamed }: Look): Html {
  if (logo) {
    return html`<picture class="logo">${darkLogo && html`<source srcset="${darkLogo}" media="(prefers-color-scheme: dark)">`}<img src="${logo}" alt="" height="48"></picture>`;
  }
  return isNamed ? initialOf(organization ?? name) : house;
}

const house: Html = html`<img class="mark" src="${assets.mark.url}" alt="" width="52" height="52">`;

export function initialOf(name: string): Html {
  const [first] = new Intl.Segmenter().segment(name.toUpperCase());
  return html`<div class="emblem" aria-hidden="true">${first?.segment}</div>`;
}

const logosOf = ({ logoUrl, darkLogoUrl }: Branding) => ({
  logo: webPicture(logoUrl),
  darkLogo: webPicture(darkLogoUrl),
});

/** As the policy of the page lets through, and one picture only: a comma would begin another in srcset. */
export function webPicture(url: unknown): string | undefined {
  const found = httpUrl(url);
  return found?.startsWith('https://') && !found.includes(',') ? found : undefined;
}
