/** Signing in, for the tests of what comes after it. */
import type { Page } from 'playwright-core';
import type { TestApp } from '../../../../test/harness.ts';
import { visitor } from '../../../../test/visitor.ts';

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

/** A browser by protocol that fills in forms of ours. */
export function formFiller(t: TestApp) {
  const browser = visitor(t);
  let token = '';
  const self = {
    browser,
    async open(path: string): Promise<{ status: number; text: string; headers: Headers }> {
      const response = await browser.get(path);
      const text = await response.text();
      token = /name="form_token" value="([^"]+)"/.exec(text)?.[1] ?? token;
      return { status: response.status, text, headers: response.headers };
    },
    async send(
      path: string,
      fields: Record<string, string>,
      headers: Record<string, string> = {},
    ): Promise<{ status: number; text: string; location: string | null; headers: Headers }> {
      const response = await browser.get(path, {
        method: 'POST',
        body: new URLSearchParams({ form_token: token, ...fields }),
        headers,
      });
      return {
        status: response.status,
        text: await response.text(),
        location: response.headers.get('location'),
        headers: response.headers,
      };
    },
    /** Signed in by the code that is mailed to the address. */
    async signIn(address: string, path = '/sign-in') {
      await self.open(path);
      await self.send(path, { address });
      return self.send('/sign-in/code', { code: (await mailed(t)).code });
    },
    session: () => browser.cookies.get('/ usher_session')?.value,
    token: () => token,
  };
  return self;
}
