/** Signing in, for the tests of what comes after it. */
import type { Page } from 'playwright-core';
import type { TestApp } from '../../../../test/harness.ts';

/** The code and link of the newest mail. */
export async function mailed(t: TestApp): Promise<{ code: string; link: string; to: string }> {
  await t.drain();
  const { text = '', to } = t.mails.at(-1)!;
  const code = /\b(\d{6})\b/.exec(text)![1]!;
  const link = /http\S+\/sign-in\/link\/[\w.-]+/.exec(text)![0];
  return { code, link, to };
}

export async function signInByCode(
  t: TestApp,
  page: Page,
  address: string,
  path = '/sign-in',
): Promise<void> {
  await page.goto(`${t.url}${path}`);
  await page.locator('#address').fill(address);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.locator('#code').waitFor();
  await page.locator('#code').fill((await mailed(t)).code);
  await page.getByRole('button', { name: 'Continue' }).click();
}
