import { expect, test } from 'vitest';
import { clientOf, strangerOf } from './client.ts';

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
