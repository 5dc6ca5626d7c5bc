/** Organizations and what is set for them. Portals, connections and directories there are none. */
import type { ServiceImpl } from '@connectrpc/connect';
import { deleteOrganization } from '../../domain/organizations/delete-organization.ts';
import {
  changeOrganization,
  createOrganization,
  getOrganization,
  type ProfiledOrganization,
} from '../../domain/organizations/organizations.ts';
import { callOf } from './calls.ts';
import type { OrganizationService } from './descriptors.ts';
import type { ScalekitDoor } from './door.ts';
import { invalid, unsupported } from './errors.ts';
import { listOrganizations, searchOrganizations } from './organizations/find.ts';
import { identified, organizationIdOf } from './organizations/identity.ts';
import { sessionPolicies } from './organizations/session-policies.ts';
import { settings } from './organizations/settings.ts';
import { organizationView, withMetadata } from './organizations/view.ts';

export const organizations = (door: ScalekitDoor): Partial<ServiceImpl<typeof OrganizationService>> => ({
  async createOrganization({ organization }, context) {
    const { displayName, externalId, slug, logoUrl, metadata } = organization!;
    const made = await callOf(context).act((act) =>
      createOrganization(act, {
        name: nameIn(displayName),
        externalId,
        slug,
        branding: logoUrl ? { logoUrl: addressIn(logoUrl) } : {},
        customData: metadata,
      }),
    );
    return { organization: organizationView(door, made) };
  },

  async updateOrganization({ identities, organization }, context) {
    const { displayName, externalId, slug, logoUrl, metadata } = organization!;
    if (slug) mustBeSlug(slug);
    const id = await organizationIdOf(door, identities);
    const changed = await callOf(context).atomically(async (act) => {
      const { branding, customData } = await getOrganization(act.db, act.tenantId, id);
      const { logoUrl: _, ...others } = branding;
      const change = {
        name: displayName === undefined ? undefined : nameIn(displayName),
        externalId,
        slug,
        branding:
          logoUrl === undefined
            ? undefined
            : { ...others, ...(logoUrl === '' ? {} : { logoUrl: addressIn(logoUrl) }) },
        customData: Object.keys(metadata).length > 0 ? withMetadata(customData, metadata) : undefined,
      };
      return changeOrganization(act, id, change);
    });
    return { organization: organizationView(door, changed) };
  },

  getOrganization: ({ identities }) => shown(door, identified(door, identities)),
  getOrganizationByExternalId: ({ identities }) => shown(door, identified(door, identities)),
  listOrganization: (ask) => listOrganizations(door, ask),
  searchOrganization: (ask) => searchOrganizations(door, ask),

  async deleteOrganization({ identities }, context) {
    const id = await organizationIdOf(door, identities);
    await callOf(context).act((act) => deleteOrganization(act, id));
    return {};
  },

  ...settings(door),
  ...sessionPolicies(door),

  generatePortalLink() {
    throw unsupported('There is no admin portal here: connections and directories are not served.');
  },
  async getPortalLinks({ id }) {
    await identified(door, { case: 'id', value: id });
    return { links: [] };
  },
});

async function shown(door: ScalekitDoor, found: Promise<ProfiledOrganization>) {
  return { organization: organizationView(door, await found) };
}

function nameIn(text: string): string {
  const name = text.trim();
  if (name === '') throw invalid('organization.display_name', 'must not be empty');
  return name;
}

/** What a page may show as a picture. */
function addressIn(text: string): string {
  const isAddress = text.length <= 2048 && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (!isAddress) throw invalid('organization.logo_url', 'must be an http or https URL');
  return text;
}

function mustBeSlug(text: string): void {
  const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
  if (text.length > 253 || !new RegExp(`^${label}(?:\\.${label})*$`).test(text))
    throw invalid('organization.slug', 'must be a label or a host name in lower case');
}
