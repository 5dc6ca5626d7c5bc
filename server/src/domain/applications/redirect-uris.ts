/**
 * Where an application may be returned to. What is registered is matched as it is written. In addition `*` stands for
 * one or more letters of one host label or of one segment of the path: never for a dot of the host, a slash, a segment
 * that climbs, a port, a user name, a query or a fragment. Native applications on a loopback address choose the port
 * themselves (RFC 8252).
 */
export function isRegistered(uri: string, registered: readonly string[], isNative: boolean): boolean {
  if (registered.includes(uri)) return true;
  const given = strictly(uri);
  return (
    given !== undefined &&
    registered.some((pattern) => isMatch(given, pattern) || (isNative && isSameButPort(given, pattern)))
  );
}

/** True when pages of this origin are where the application is returned to. */
export const isRegisteredOrigin = (origin: string, registered: readonly string[]): boolean =>
  registered.some((pattern) => {
    const parts = partsOf(pattern);
    const given = partsOf(origin);
    return parts !== undefined && given !== undefined && isSameOrigin(given, parts);
  });

type Parts = { scheme: string; host: string; port: string; path: string; query: string };

/** An address that says the same to every reader: nothing in it is there to be normalized away. */
function strictly(uri: string): Parts | undefined {
  const url = URL.parse(uri);
  if (!url || url.username || url.password || url.hash || uri.includes('#')) return undefined;
  const parts = partsOf(uri);
  if (!parts || url.protocol !== `${parts.scheme}:` || url.hostname !== parts.host) return undefined;
  const isUnchanged = url.pathname === parts.path || (parts.path === '' && url.pathname === '/');
  return isUnchanged && url.search === parts.query ? parts : undefined;
}

function partsOf(uri: string): Parts | undefined {
  const match = /^(https?):\/\/(\[[0-9a-f:]+\]|[^/?#:@\\\s]+)(:\d+)?(\/[^?#\\\s]*)?(\?[^#\\\s]*)?$/.exec(uri);
  if (!match) return undefined;
  const [, scheme, host, port = '', path = '', query = ''] = match;
  return { scheme: scheme!, host: host!, port, path, query };
}

function isMatch(given: Parts, pattern: string): boolean {
  if (!pattern.includes('*')) return false;
  const wanted = partsOf(pattern);
  return (
    wanted !== undefined &&
    isSameOrigin(given, wanted) &&
    given.query === wanted.query &&
    isSameInEachPart(given.path.split('/'), wanted.path.split('/'), '[\\w~-][\\w.~-]*')
  );
}

/** The last label names where the host belongs to; it is never left open. */
const isSameOrigin = (given: Parts, wanted: Parts): boolean =>
  given.scheme === wanted.scheme &&
  given.port === wanted.port &&
  !wanted.host.split('.').at(-1)!.includes('*') &&
  isSameInEachPart(given.host.split('.'), wanted.host.toLowerCase().split('.'), '[a-z0-9-]+');

const isSameInEachPart = (given: string[], wanted: string[], star: string): boolean =>
  given.length === wanted.length &&
  wanted.every((part, index) =>
    part.includes('*')
      ? new RegExp(`^${part.split(/\*+/).map(literally).join(star)}$`).test(given[index]!)
      : part === given[index],
  );

const literally = (text: string): string => text.replace(/[^\w]/g, '\\$&');

const loopbacks = new Set(['127.0.0.1', '[::1]', 'localhost']);

function isSameButPort(given: Parts, pattern: string): boolean {
  const wanted = partsOf(pattern);
  return (
    wanted !== undefined &&
    loopbacks.has(given.host) &&
    (['scheme', 'host', 'path', 'query'] as const).every((part) => given[part] === wanted[part])
  );
}
