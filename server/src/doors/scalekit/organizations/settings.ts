/**
 * Features that are switched for an organization (kept, and of no effect here), and how many people it may have. At this
 * door 0 people means that there is no limit.
 */
import type { ServiceImpl } from '@connectrpc/connect';
import { changeOrganization } from '../../../domain/organizations/organizations.ts';
import { getSeats, type Seats, setSeatLimit } from '../../../domain/organizations/seats.ts';
import { callOf } from '../calls.ts';
import type { OrganizationService } from '../descriptors.ts';
import type { ScalekitDoor } from '../door.ts';
import { invalid } from '../errors.ts';
import { organizationView } from './view.ts';

const features: ReadonlySet<string> = new Set([
  'sso',
  'dir_sync',
  'directory_sync',
  'domain_verification',
  'session_policy',
]);

export const settings = (
  door: ScalekitDoor,
): Pick<
  ServiceImpl<typeof OrganizationService>,
  'updateOrganizationSettings' | 'upsertUserManagementSettings' | 'getOrganizationUserManagementSetting'
> => ({
  async updateOrganizationSettings(ask, context) {
    const switches: Record<string, boolean> = {};
    for (const { name, enabled } of ask.settings?.features ?? []) {
      if (!features.has(name)) throw invalid('settings.features', `must be of ${[...features].join(', ')}`);
      switches[name] = enabled;
    }
    const id = await door.ids.organization(ask.id);
    const changed = await callOf(context).act((act) => changeOrganization(act, id, { switches }));
    return { organization: organizationView(door, changed) };
  },

  async upsertUserManagementSettings(ask, context) {
    const most = ask.settings?.maxAllowedUsers;
    if (most !== undefined && most < 0)
      throw invalid('settings.max_allowed_users', 'must not be less than 0');
    const id = await door.ids.organization(ask.organizationId);
    const seats = await callOf(context).act((act) => setSeatLimit(act, id, most || null, most === 0));
    return { settings: settingsView(seats) };
  },

  async getOrganizationUserManagementSetting({ organizationId }) {
    const id = await door.ids.organization(organizationId);
    return { settings: settingsView(await getSeats(door.db, door.tenantId, id, door.clock())) };
  },
});

const settingsView = ({ limit, isUnlimited }: Seats) => ({
  maxAllowedUsers: limit ?? (isUnlimited ? 0 : undefined),
});
