/** Whom passkeys are made for: the host name of this server. Browsers make none for hosts that are numbers. */
export type Site = { readonly id: string; readonly origin: string; readonly name: string };

export function siteOf(publicUrl: string, name: string): Site | undefined {
  const { hostname, origin } = new URL(publicUrl);
  return /^[\d.]+$|^\[/.test(hostname) ? undefined : { id: hostname, origin, name };
}
