/** Which organization a request means: by its name here, or by the application's own. */
import {
  getProfiledOrganization,
  type ProfiledOrganization,
} from '../../../domain/organizations/organizations.ts';
import type { ScalekitDoor } from '../door.ts';
import { invalid } from '../errors.ts';

export type Identity =
  | { readonly case: 'id' | 'organizationId' | 'externalId'; readonly value: string }
  | { readonly case: undefined; readonly value?: undefined };

/** Refuses NOT_FOUND and, where nothing is named, INVALID_ARGUMENT. */
export async function identified(door: ScalekitDoor, identity: Identity): Promise<ProfiledOrganization> {
  const { db, tenantId, ids } = door;
  if (!identity.case || identity.value === '')
    throw invalid('id', 'names no organization, and no external_id does');
  return identity.case === 'externalId'
    ? getProfiledOrganization(db, tenantId, { externalId: identity.value })
    : getProfiledOrganization(db, tenantId, { id: await ids.organization(identity.value) });
}

export async function organizationIdOf(door: ScalekitDoor, identity: Identity): Promise<string> {
  if (identity.case && identity.case !== 'externalId') return door.ids.organization(identity.value);
  return (await identified(door, identity)).id;
}
