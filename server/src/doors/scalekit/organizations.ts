/** Organizations, as this door shows them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  createOrganization,
  deleteOrganization,
  getOrganization,
  type Organization,
} from '../../domain/organizations/organizations.ts';
import { callOf } from './calls.ts';
import type { OrganizationSchema, OrganizationService } from './descriptors.ts';
import type { ScalekitDoor } from './door.ts';
import { timestampOf } from './times.ts';

export const organizations = (door: ScalekitDoor): Partial<ServiceImpl<typeof OrganizationService>> => ({
  async createOrganization({ organization }, context) {
    const made = await callOf(context).act((act) =>
      createOrganization(act, { name: organization!.displayName }),
    );
    return { organization: organizationView(door, made) };
  },
  async getOrganization({ identities: { value = '' } }) {
    const id = await door.ids.organization(value);
    return { organization: organizationView(door, await getOrganization(door.db, door.tenantId, id)) };
  },
  async deleteOrganization({ identities: { value = '' } }, context) {
    const id = await door.ids.organization(value);
    await callOf(context).act((act) => deleteOrganization(act, id));
    return {};
  },
});

const organizationView = (
  { ids }: ScalekitDoor,
  organization: Organization,
): MessageInitShape<typeof OrganizationSchema> => ({
  id: ids.organizationName(organization.id),
  displayName: organization.name,
  createTime: timestampOf(organization.createdAt),
  updateTime: timestampOf(organization.createdAt),
});
