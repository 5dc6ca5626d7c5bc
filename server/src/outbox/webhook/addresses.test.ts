import { expect, test } from 'vitest';
import { isNetwork, judging } from './addresses.ts';

const inside = [
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '100.100.100.200',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.51.100.7',
  '203.0.113.9',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '168.63.129.16',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '0:0:0:0:0:ffff:10.0.0.1',
  '::ffff:8.8.8.8',
  '::127.0.0.1',
  '::ffff:0:127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b::10.0.0.1',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '2002:a00:1::1',
  '3fff::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '5f00::1',
  'not an address',
  '',
];
const outside = [
  '1.1.1.1',
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.1',
  '172.32.0.1',
  '11.0.0.1',
  '223.255.255.255',
  '2606:4700::1',
  '2a00:1450::1',
];

test.each(inside)('%s is nowhere that webhooks may go', (address) => {
  expect(judging([])(address)).toBe(false);
});

test.each(outside)('%s is public', (address) => {
  expect(judging([])(address)).toBe(true);
});

test('the operator allows networks, in whatever spelling their addresses come, and nothing beside them', () => {
  const judge = judging(['10.1.0.0/16', 'fd00:1::/32']);
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '::ffff:a01:203', 'fd00:1::5'])
    expect(judge(address), address).toBe(true);
  for (const address of [
    '10.2.0.1',
    '::ffff:10.2.0.1',
    '::10.1.2.3',
    '64:ff9b::10.1.2.3',
    'fd00:2::5',
    '127.0.0.1',
  ])
    expect(judge(address), address).toBe(false);
});

test.each([
  ['10.0.0.0/8', true],
  ['fd00::/8', true],
  ['10.0.0.0', false],
  ['10.0.0.0/33', false],
  ['fd00::/129', false],
  ['localhost/8', false],
  ['10.0.0/8', false],
])('%s as a network: %s', (text, is) => {
  expect(isNetwork(text)).toBe(is);
});
