/**
 * Which addresses webhooks may be sent to: those of the public Internet, and those that the operator allows. An address
 * inside another (IPv4 in IPv6, in all its forms) is judged as what it leads to would be: not public.
 */
import { lookup, Resolver } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

export type Address = { readonly address: string; readonly family: 4 | 6 };
export type Resolve = (host: string) => Promise<Address[]>;

/** RFC 6890 and what was reserved since; metadata services live in 169.254.0.0/16, fd00::/8 and 100.100.100.200. */
const closed = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // A platform's metadata service on an address that looks public.
  '168.63.129.16/32',
];
/** Of IPv6 only the global unicast addresses are public at all, but for these. */
const global6 = '2000::/3';
const closed6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20', '2620:4f:8000::/48'];

const listOf = (networks: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/');
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
};

/** Whether this is a network as `10.0.0.0/8` or `fd00::/8` write it. */
export function isNetwork(text: string): boolean {
  const match = /^([\da-fA-F.:]+)\/(\d{1,3})$/.exec(text);
  const family = match ? isIP(match[1]!) : 0;
  return family !== 0 && Number(match![2]) <= (family === 4 ? 32 : 128);
}

const closedList = listOf(closed);
const globalList = listOf([global6]);
const closedList6 = listOf(closed6);

export type Judge = (address: string) => boolean;

/** Says of an address whether it may be connected to. */
export function judging(allowedNetworks: readonly string[]): Judge {
  const allowed = listOf(allowedNetworks);
  return (address) => {
    const family = isIP(address);
    // With a zone an address is of one link only.
    if (family === 0 || address.includes('%')) return false;
    const mapped = family === 6 ? mappedIn(address) : undefined;
    if (mapped) return allowed.check(mapped, 'ipv4');
    if (family === 4) return allowed.check(address, 'ipv4') || !closedList.check(address, 'ipv4');
    if (allowed.check(address, 'ipv6')) return true;
    return globalList.check(address, 'ipv6') && !closedList6.check(address, 'ipv6');
  };
}

/** `::ffff:127.0.0.1` connects to IPv4: never public in this spelling, but allowed with its network. */
function mappedIn(address: string): string | undefined {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const match = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(canonical);
  if (!match) return undefined;
  const [high, low] = [Number.parseInt(match[1]!, 16), Number.parseInt(match[2]!, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** Lookups by the operating system under way; they take the threads that everything else needs, too. */
let asking = 0;
const mostAsking = 2;

/** By DNS, which waits without a thread; names that only this machine knows (a hosts file) come from the system. */
export const resolveName: Resolve = async (host) => {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const found: Address[] = [
    ...(four.status === 'fulfilled' ? four.value : []).map((address) => ({ address, family: 4 as const })),
    ...(six.status === 'fulfilled' ? six.value : []).map((address) => ({ address, family: 6 as const })),
  ];
  if (found.length > 0 || asking >= mostAsking) return found;
  asking++;
  try {
    return (await lookup(host, { all: true })) as Address[];
  } catch {
    return [];
  } finally {
    asking--;
  }
};
