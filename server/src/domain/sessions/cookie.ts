/** The cookie of a session, as the doors that read it agree on it. */
import type { Keys } from '../keys.ts';

/** Over https a browser keeps `__Host-` cookies for this host and path `/` alone. */
export const sessionCookieName = (publicUrl: string): string =>
  publicUrl.startsWith('https:') ? '__Host-usher_session' : 'usher_session';

/** What cookies are signed with, the current key first. */
export const cookieKeysOf = (keys: Keys): string[] => [keys.mac('cookie', 'oidc')!.toString('base64url')];
