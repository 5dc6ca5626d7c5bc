/** What the tests with the field's clients share: people who sign in through the real pages, in a real browser. */
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { TestApp } from '../harness.ts';

/** The newest code that was mailed to the address. */
export async function codeFor(t: TestApp, address: string): Promise<string> {
  await t.drain();
  const mail = t.mails.findLast(({ to }) => to === address);
  const code = /\b(\d{6})\b/.exec(mail?.text ?? '')?.[1];
  if (!code) throw new Error(`No code was mailed to ${address}`);
  return code;
}

/** From the sign-in page to where the application is: address, code. */
export async function signInByCode(t: TestApp, page: Page, address: string): Promise<void> {
  await page.waitForURL(`${t.url}/sign-in**`);
  await page.getByRole('textbox').first().fill(address);
  await page.keyboard.press('Enter');
  await page.locator('input[autocomplete="one-time-code"]').waitFor();
  await page.locator('input[autocomplete="one-time-code"]').fill(await codeFor(t, address));
  await page.keyboard.press('Enter');
}

/** A page in a browser context of its own, that complains about what went wrong in it. */
export async function newPage(browser: Browser): Promise<{ page: Page; problems: string[] }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  return { page, problems };
}

export async function setRoles(t: TestApp, organizationId: string, userId: string, ids: string[]) {
  const path = `/organizations/${organizationId}/users/${userId}/roles`;
  expect((await t.api('PUT', path, { organizationRoleIds: ids })).status).toBe(204);
}
