/**
 * Who asks, for bounds: the address of the connection, never one that a header claims. Whoever has an IPv6 address
 * has a network of them, so that the network counts.
 */
import { BlockList, isIPv6 } from 'node:net';

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

/** Without a zone; an IPv4 address that came over IPv6 as what it is. */
const plainOf = (address: string): string =>
  /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address.split('%')[0]!;

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
 * not shut out the others.
 */
export function strangerOf(address: string): string | undefined {
  const plain = plainOf(address);
  return inside.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4') ? undefined : clientOf(address);
}
