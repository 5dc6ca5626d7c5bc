/**
 * Who asks, for bounds: the address of the connection, never one that a header claims. Whoever has an IPv6 address
 * has a network of them, so that the network counts.
 */
import { isIPv6 } from 'node:net';

export function clientOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  const plain = address.split('%')[0]!;
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
