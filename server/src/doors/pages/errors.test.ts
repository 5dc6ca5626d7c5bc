/** The pages for what cannot be shown speak the visitor's language. */
import { expect, test } from 'vitest';
import { appForTest } from '../../../test/harness.ts';
import { errorsIn } from './wording/errors.ts';

const html = { accept: 'text/html' };
const shown = async (response: Response) => ({
  status: response.status,
  text: await response.text(),
  headers: response.headers,
});

test('a page that is not there, an address that cannot be read and a form of elsewhere are told in seven languages', async () => {
  const t = await appForTest();
  for (const [language, words] of Object.entries(errorsIn)) {
    const headers = { ...html, 'accept-language': `${language}-XX, en;q=0.5` };
    const missing = await shown(await fetch(`${t.url}/nowhere`, { headers }));
    const unreadable = await shown(await fetch(`${t.url}/%E0%A4%A`, { headers }));
    const forged = await shown(
      await fetch(`${t.url}/sign-in`, {
        method: 'POST',
        headers,
        body: new URLSearchParams({ address: 'x' }),
      }),
    );
    for (const [page, status, said] of [
      [missing, 404, words.missing],
      [unreadable, 400, words.address],
      [forged, 403, words.form],
    ] as const) {
      expect(page.status).toBe(status);
      expect(page.text).toContain(`<html lang="${language}"`);
      expect(page.text).toContain(said.title);
      expect(page.text).toContain(said.text);
      expect(page.headers.get('vary')).toContain('Accept-Language');
    }
  }
});

test('a fault of ours names the request and nothing of what happened', async () => {
  const lines: string[] = [];
  const t = await appForTest({ logTo: { write: (line) => void lines.push(line) } });
  await t.sql('alter table tenants rename to hidden');
  const page = await shown(
    await fetch(`${t.url}/sign-in`, { headers: { ...html, 'accept-language': 'de' } }),
  );
  await t.sql('alter table hidden rename to tenants');
  expect(page.status).toBe(500);
  expect(page.text).toContain('Etwas ist schiefgegangen');
  expect(page.text).toMatch(/Anfrage [\w-]+\./);
  expect(page.text).not.toMatch(/tenants|relation|select/i);
});
