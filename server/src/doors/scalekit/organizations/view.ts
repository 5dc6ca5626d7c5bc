/** How this door shows an organization. Its metadata are the texts of its custom data. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ProfiledOrganization } from '../../../domain/organizations/organizations.ts';
import { type OrganizationSchema, RegionCode } from '../descriptors.ts';
import type { ScalekitDoor } from '../door.ts';
import { timestampOf } from '../times.ts';

export const organizationView = (
  { ids }: ScalekitDoor,
  organization: ProfiledOrganization,
): MessageInitShape<typeof OrganizationSchema> => ({
  id: ids.organizationName(organization.id),
  createTime: timestampOf(organization.createdAt),
  updateTime: timestampOf(organization.updatedAt),
  displayName: organization.name,
  regionCode: RegionCode.REGION_CODE_UNSPECIFIED,
  externalId: organization.externalId ?? undefined,
  metadata: textsOf(organization.customData),
  settings: {
    features: Object.entries(organization.switches).map(([name, enabled]) => ({ name, enabled })),
  },
  slug: organization.slug ?? undefined,
  logoUrl: organization.branding.logoUrl,
});

const textsOf = (data: object): Record<string, string> =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => typeof value === 'string'));

/** The metadata in place of what there was; what else other doors keep there stays. */
export const withMetadata = (data: object, metadata: Readonly<Record<string, string>>): object => ({
  ...Object.fromEntries(Object.entries(data).filter(([, value]) => typeof value !== 'string')),
  ...metadata,
});
