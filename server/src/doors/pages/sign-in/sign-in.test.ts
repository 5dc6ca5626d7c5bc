/** Signing in as people do it: in a browser, with and without JavaScript. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../../../../test/browser.ts';
import { makeUser } from '../../../../test/builders.ts';
import { appForTest, type TestApp } from '../../../../test/harness.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

async function newPage(options: { javaScriptEnabled?: boolean } = {}): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-US', ...options });
  return context.newPage();
}

async function mailed(t: TestApp): Promise<{ code: string; link: string; to: string }> {
  await t.drain();
  const mail = t.mails.at(-1)!;
  const code = /\b(\d{6})\b/.exec(mail.text ?? '')![1]!;
  const link = /http\S+\/sign-in\/link\/[\w.-]+/.exec(mail.text ?? '')![0];
  return { code, link, to: mail.to };
}

test.each([true, false])(
  'an address, the code from its mail, and one is signed in (JavaScript: %s)',
  async (javaScriptEnabled) => {
    const t = await appForTest();
    const userId = await makeUser(t, 'ann@example.com');
    const page = await newPage({ javaScriptEnabled });
    await page.goto(`${t.url}/sign-in?continue=/sign-out`);
    await page.getByLabel('E-mail address').fill('Ann@Example.com');
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Check your mail');
    const { code, to } = await mailed(t);
    expect(to).toContain('ann@example.com');
    await page.getByLabel('Code').fill(code);
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(new URL(page.url()).pathname).toBe('/sign-out');
    expect(await page.textContent('main')).toContain('ann@example.com');
    const [person] = await t.sql('select email_verified_at from users where id = $1', [userId]);
    expect(Number(person.email_verified_at)).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Sign out' }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('You are signed out');
    expect(await t.sql('select 1 from sessions')).toEqual([]);
    await page.context().close();
  },
);
