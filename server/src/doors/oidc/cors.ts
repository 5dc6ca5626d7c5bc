/** Who may call from a browser: this server's own pages, those of the application, and where the application says. */
import { isRegisteredOrigin } from '../../domain/applications/redirect-uris.ts';

export function mayCallFrom(
  origin: string,
  own: { readonly redirectUris: readonly string[]; readonly origins: readonly string[] },
  publicUrl: string,
): boolean {
  if (origin === 'null') return false;
  return (
    origin === new URL(publicUrl).origin ||
    isRegisteredOrigin(origin, own.redirectUris) ||
    own.origins.includes(origin)
  );
}
