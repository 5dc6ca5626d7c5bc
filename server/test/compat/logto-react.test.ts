/** @logto/react, unmodified, in the example application: in through the real pages, with real mail and a real browser. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPage } from '../../../examples/notes/page.ts';
import { notesServer } from '../../../examples/notes/server.ts';
import { setUp } from '../../../examples/notes/set-up.ts';
import { launchBrowser } from '../browser.ts';
import { makeInvitation, makeOrganization, makeUser, roleNamed } from '../builders.ts';
import { testCredentials } from '../fixtures.ts';
import { freePort, type TestApp, testApp } from '../harness.ts';
import { newPage, setRoles, signInByCode } from './people.ts';

/** The machine may be busy. */
const patience = { timeout: 30_000 };

let t: TestApp;
let notes: FastifyInstance;
let browser: Browser;
let here: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'usher-notes-'));
  const port = await freePort();
  here = `http://localhost:${port}`;
  [t, browser] = await Promise.all([testApp(), launchBrowser(), buildPage(folder)]);
  const appId = await setUp(t.url, testCredentials, here);
  expect(await setUp(t.url, testCredentials, here)).toBe(appId);
  notes = notesServer({ usher: t.url, appId, page: folder });
  await notes.listen({ port, host: '127.0.0.1' });
});
afterAll(async () => {
  await browser?.close();
  await notes?.close();
  await t?.close();
  await rm(folder, { recursive: true, force: true });
});

async function member(name: 'owner' | 'admin' | 'member') {
  const address = `${name}-${Math.random().toString(36).slice(2)}@example.com`;
  const organizationId = await makeOrganization(t);
  const userId = await makeUser(t, address);
  await t.api('POST', `/organizations/${organizationId}/users`, { userIds: [userId] });
  await setRoles(t, organizationId, userId, [await roleNamed(t, name)]);
  return { address, organizationId, userId };
}

test('a member signs in, does what the role permits, is promoted and demoted, and signs out', async () => {
  const { address, organizationId, userId } = await member('member');
  const { page, problems } = await newPage(browser);
  await page.goto(here);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await signInByCode(t, page, address);
  await page.waitForURL(`${here}/`);
  await expect.poll(() => page.getByTestId('who').textContent(), patience).toBe(address);
  const permissions = page.getByTestId('permissions');
  await expect.poll(() => permissions.textContent(), patience).toBe('read:notes');
  expect(await page.getByRole('button', { name: 'Add' }).count()).toBe(0);

  await setRoles(t, organizationId, userId, [await roleNamed(t, 'admin')]);
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect.poll(() => permissions.textContent(), patience).toBe('read:notes write:notes');
  await page.getByRole('textbox', { name: 'New note' }).fill('Buy milk');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByText('Buy milk').waitFor();

  await setRoles(t, organizationId, userId, []);
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect.poll(() => permissions.textContent(), patience).toBe('nothing');
  expect(await page.getByRole('alert').textContent()).toContain('read:notes');
  expect(problems.filter((problem) => !problem.includes('403'))).toEqual([]);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${t.url}/sign-in**`);
  await page.context().close();
});

test('consent asked for again needs no page of an application of our own', async () => {
  const { address } = await member('admin');
  const { page } = await newPage(browser);
  await page.goto(here);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await signInByCode(t, page, address);
  await page.getByText('read:notes write:notes').waitFor();
  await page.getByRole('button', { name: 'Ask for consent again' }).click();
  await page.getByText('read:notes write:notes').waitFor();
  await page.context().close();
});

test('who is removed from the organization gets no token for it any more', async () => {
  const { address, organizationId, userId } = await member('member');
  const { page } = await newPage(browser);
  await page.goto(here);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await signInByCode(t, page, address);
  await page.getByText('read:notes').waitFor();
  await t.api('DELETE', `/organizations/${organizationId}/users/${userId}`);
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect.poll(() => page.getByRole('alert').textContent(), patience).toContain('not a member');
  await page.reload();
  await page.getByText('You are in no organization yet').waitFor();
  await page.context().close();
});

test('from the mail to being signed in at the application: name and accept for somebody new, accept for somebody known', async () => {
  const organizationId = await makeOrganization(t, 'Globex');
  const member = await roleNamed(t, 'member');
  const link = async (address: string) => {
    await makeInvitation(t, organizationId, address, { organizationRoleIds: [member], messagePayload: {} });
    await t.drain();
    return /http\S+\/invitations\/\S+/.exec(t.mails.findLast(({ to }) => to === address)!.text!)![0];
  };
  const { page } = await newPage(browser);
  await page.goto(await link('new@example.com'));
  await page.getByRole('textbox').fill('Nora New');
  await page.getByRole('button', { name: /accept|join/i }).click();
  await page.waitForURL(`${here}/`);
  await expect.poll(() => page.getByTestId('who').textContent(), patience).toBe('Nora New');
  await page.getByText('read:notes').waitFor();
  await page.context().close();

  await makeUser(t, 'known@example.com');
  const other = await newPage(browser);
  await other.page.goto(await link('known@example.com'));
  await other.page.getByRole('button', { name: /accept|join/i }).click();
  await other.page.waitForURL(`${here}/`);
  await expect.poll(() => other.page.getByTestId('who').textContent(), patience).toBe('known@example.com');
  await other.page.context().close();
});
