/** What the built-in mails have in common: whose mail it is, and how names of people are shown in it. */
import { inertAddress, inertName, shorten } from '../inert.ts';
import { httpUrl } from '../links.ts';
import { oneLine } from '../render.ts';
import { hexColor } from './color.ts';
import { type Brand, fill } from './content.ts';
import type { Wording } from './wording.ts';

export type MailOrganization = {
  id?: string;
  name: string;
  branding?: Record<string, unknown> | null;
  color?: Record<string, unknown> | null;
};

export type MailInviter = {
  name?: string | null;
  username?: string | null;
  primaryEmail?: string | null;
  [field: string]: unknown;
};

const BRAND_COLOR = '#3451d1';
const BRAND_COLOR_DARK = '#7d95ff';

export const frame = (wording: Wording, brand: Brand) => ({
  language: wording.language,
  colon: wording.colon,
  linkHint: wording.linkHint,
  brand,
});

export function brandOf(organization: MailOrganization | null | undefined): Brand {
  const { branding, color } = { branding: organization?.branding ?? {}, color: organization?.color ?? {} };
  const primary = hexColor(color.primaryColor) ?? hexColor(branding.primaryColor);
  return {
    name: inertName(organization?.name ?? '') || inertName(organization?.id ?? ''),
    logoUrl: httpUrl(branding.logoUrl),
    darkLogoUrl: httpUrl(branding.darkLogoUrl),
    color: primary ?? BRAND_COLOR,
    darkColor: hexColor(color.darkPrimaryColor) ?? primary ?? BRAND_COLOR_DARK,
  };
}

/** The name, or the address where there is no name; undefined when neither can be shown. */
export function inviterOf(
  inviter: MailInviter | null | undefined,
): { name: string; full: string } | undefined {
  const name = inertName(inviter?.name ?? '') || inertName(inviter?.username ?? '');
  const address = inertAddress(inviter?.primaryEmail);
  if (!name) return address ? { name: address, full: address } : undefined;
  return { name, full: address ? `${name} (${address})` : name };
}

export function subjectOf(template: string, names: Record<string, string>): string {
  const short = Object.entries(names).map(([key, name]) => [key, shorten(name, 60)]);
  return oneLine(fill(template, Object.fromEntries(short)));
}

/** An address as people read it: as it is, or made harmless where it could be taken for something else. */
export const addressOf = (address: string | undefined): string =>
  inertAddress(address) ?? inertName(address ?? '');
