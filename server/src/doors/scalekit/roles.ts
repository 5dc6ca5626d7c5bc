/** Roles and permissions, for the whole environment and in one organization. */
import type { ServiceImpl } from '@connectrpc/connect';
import type { RolesService } from './descriptors.ts';
import type { ScalekitDoor } from './door.ts';
import { organizationRoles } from './roles/organization-roles.ts';
import { permissions } from './roles/permissions.ts';
import { tenantRoles } from './roles/tenant-roles.ts';

export const roles = (door: ScalekitDoor): Partial<ServiceImpl<typeof RolesService>> => ({
  ...tenantRoles(door),
  ...organizationRoles(door),
  ...permissions(door),
});
