/**
 * Places of an application: addresses at which it is registered to be returned to. People are sent to no others.
 */
import { type Queries, sql } from '../../db/db.ts';
import type { ApplicationType } from './applications.ts';
import { isRegisteredOrigin } from './redirect-uris.ts';

export type Place = {
  readonly id: string;
  readonly name: string;
  readonly type: ApplicationType;
  readonly isThirdParty: boolean;
  /** As the API took it, and not looked at since. */
  readonly metadata: {
    readonly redirectUris?: unknown;
    readonly postLogoutRedirectUris?: unknown;
    readonly initiateLoginUri?: unknown;
  };
};

/** The application of this id, or the tenant's own ones, oldest first: those of somebody else only by their id. */
export const findPlaces = (db: Queries, tenantId: string, applicationId: string | null): Promise<Place[]> =>
  db.rows<Place>(sql`
    select id, name, type, is_third_party as "isThirdParty", oidc_client_metadata as metadata from applications
     where tenant_id = ${tenantId} and case when ${applicationId}::text is null then not is_third_party else id = ${applicationId} end
     order by created_at, id`);

/** On the web any address of a registered origin; of other schemes exactly what is registered. */
export function isPlaceOf({ metadata }: Place, address: string): boolean {
  const { redirectUris, postLogoutRedirectUris, initiateLoginUri } = metadata;
  const registered = [redirectUris, postLogoutRedirectUris, initiateLoginUri]
    .flat()
    .filter((each): each is string => typeof each === 'string');
  const url = URL.parse(address);
  if (!url || url.username || url.password) return false;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return registered.includes(address);
  return isRegisteredOrigin(url.origin, registered);
}

/** Where the application begins a sign-in that somebody else proposes (OpenID Connect Core §4). */
export const initiateLoginOf = ({ metadata }: Place): string | undefined =>
  typeof metadata.initiateLoginUri === 'string' ? metadata.initiateLoginUri : undefined;
