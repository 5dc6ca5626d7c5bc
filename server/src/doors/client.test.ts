import { expect, test } from 'vitest';
import { clientOf, proxiesIn, strangerOf } from './client.ts';

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
])('who asks from %s is known as %s', (address, client) => {
  expect(clientOf(address)).toBe(client);
  expect(strangerOf(address)).toBe(client);
});

test.each([
  '127.0.0.1',
  '::ffff:10.1.2.3',
  '172.31.0.1',
  '192.168.7.7',
  '100.64.0.1',
  '::1',
  'fd00::1',
  'fe80::1%eth0',
])('%s stands for everybody behind it', (address) => expect(strangerOf(address)).toBeUndefined());

test.each([
  ['203.0.113.7:4711', '203.0.113.7'],
  ['[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
  ['unknown', 'unknown'],
  ['_hidden', 'unknown'],
])('a proxy that says %s tells of %s', (said, client) => expect(strangerOf(said)).toBe(client));

test('proxies are those of the networks that are named, however their address is written', () => {
  const isProxy = proxiesIn(['10.0.0.0/8', 'fd00::/8']) as (address: string) => boolean;
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd00::7', '10.1.2.3:80'])
    expect(isProxy(address), address).toBe(true);
  for (const address of ['11.1.2.3', '203.0.113.7', 'fe80::1', 'unknown', ''])
    expect(isProxy(address), address).toBe(false);
  expect(proxiesIn([])).toBe(false);
});
