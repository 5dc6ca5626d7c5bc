/** Which address is believed, where proxies stand between, and where somebody only says so. */
import { expect, test } from 'vitest';
import { appForTest, type TestApp } from '../../test/harness.ts';
import { defaultMailBounds } from '../config.ts';
import { formFiller } from './pages/sign-in/fixture.ts';

const bounds = { ...defaultMailBounds, client: { most: 2, windowMs: 600_000 } };
const behind = (networks: string[]) =>
  appForTest({ config: { trustedProxies: networks, mailBounds: bounds } });

let count = 0;
async function asks(t: TestApp, forwarded: string): Promise<number> {
  const browser = formFiller(t);
  await browser.open('/sign-in');
  const answer = await browser.send(
    '/sign-in',
    { address: `someone${count++}@example.com` },
    { 'x-forwarded-for': forwarded },
  );
  return answer.status;
}
const clients = async (t: TestApp): Promise<string[]> =>
  (await t.sql("select sender from sender_allowances where sender like 'client:%' order by 1")).map(
    ({ sender }) => sender,
  );

test('behind a trusted proxy each client is bounded for itself, by the address that the proxy tells', async () => {
  const t = await behind(['127.0.0.0/8']);
  const statuses: number[] = [];
  for (const client of ['203.0.113.7', '203.0.113.7', '203.0.113.7', '198.51.100.1'])
    statuses.push(await asks(t, client));
  expect(statuses).toEqual([303, 303, 429, 303]);
  expect(await clients(t)).toEqual(['client:198.51.100.1', 'client:203.0.113.7']);
});

test('what a client writes into the header itself is not believed: the last address that is no proxy counts', async () => {
  const t = await behind(['127.0.0.0/8', '10.0.0.0/8']);
  const statuses: number[] = [];
  for (const forged of ['192.0.2.1', '10.9.9.9', '192.0.2.3, 10.0.0.1'])
    statuses.push(await asks(t, `${forged}, 203.0.113.7, 10.0.0.2`));
  expect(statuses).toEqual([303, 303, 429]);
  expect(await clients(t)).toEqual(['client:203.0.113.7']);
});

test('who is no trusted proxy is believed nothing, and what one calls by no address is one client', async () => {
  const closed = await behind(['10.0.0.0/8']);
  for (let index = 0; index < 4; index++) expect(await asks(closed, `203.0.113.${index}`)).toBe(303);
  expect(await clients(closed)).toEqual([]);
  const open = await behind(['127.0.0.0/8']);
  expect([await asks(open, 'unknown'), await asks(open, 'x:y'), await asks(open, '_a')]).toEqual([
    303, 303, 429,
  ]);
});
