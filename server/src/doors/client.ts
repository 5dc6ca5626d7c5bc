/**
 * Who asks, for bounds: the address of the connection, or where that is of a proxy which the operator trusts, the one
 * from which the proxy says that it was asked. A header that anybody else sends is never believed. Whoever has an IPv6
 * address has a network of them, so that the network counts.
 */
import { BlockList, isIP, isIPv6 } from 'node:net';

/** Says of an address whether it is of such a proxy, for networks such as `10.0.0.0/8`; false where there are none. */
export function proxiesIn(networks: readonly string[]): ((address: string) => boolean) | false {
  if (networks.length === 0) return false;
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/');
    list.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return (given) => {
    const address = plainOf(given);
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
}

export function clientOf(address: string): string {
  const plain = plainOf(address);
  if (!isIPv6(plain)) return plain;
  const [before, after] = plain.split('::') as [string, string | undefined];
  const head = before === '' ? [] : before.split(':');
  const tail = after ? after.split(':') : [];
  const groups =
    after === undefined
      ? head
      : [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}

/** Without a zone, and without the port that some proxies write; an IPv4 address that came over IPv6 as what it is. */
function plainOf(address: string): string {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(address)?.[1] ?? /^([\d.]+):\d+$/.exec(address)?.[1] ?? address;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare.split('%')[0]!;
}

/** Addresses that no stranger has: of proxies, of this machine, of the house. */
const inside = new BlockList();
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  inside.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  inside.addSubnet(network, bits, 'ipv6');

/**
 * Undefined where the connection comes from inside: a proxy there stands for everybody, and what one of them does must
 * not shut out the others. What a proxy calls by no address is one client.
 */
export function strangerOf(address: string): string | undefined {
  const plain = plainOf(address);
  if (isIP(plain) === 0) return 'unknown';
  return inside.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4') ? undefined : clientOf(address);
}
