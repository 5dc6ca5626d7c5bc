import { expect, test } from 'vitest';
import { appForTest } from '../../../test/harness.ts';
import { documentOf } from '../management/documentation.ts';
import { routes } from '../management/index.ts';
import { assets } from './assets.ts';

const html = { accept: 'text/html' };

test('the front page leads to what there is', async () => {
  const t = await appForTest({ sender: 'development' });
  const text = await (await fetch(`${t.url}/`)).text();
  const links = [...text.matchAll(/<a href="([^"]+)"/g)].map(([, link]) => link!);
  expect(links).toEqual(['/docs', '/mailbox', '/api/openapi.json', '/healthz']);
  for (const link of links) expect((await fetch(t.url + link)).status, link).toBe(200);
});

test('the documentation has every call, and every link inside it leads somewhere', async () => {
  const t = await appForTest();
  const text = await (await fetch(`${t.url}/docs`)).text();
  const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
  for (const operation of Object.values(documentOf(routes).paths).flatMap((path) => Object.values(path))) {
    expect(ids.has(operation.operationId), operation.operationId).toBe(true);
  }
  for (const [, anchor] of text.matchAll(/href="#([^"]+)"/g)) expect(ids.has(anchor), anchor).toBe(true);
  expect(text).toContain(`${t.url}/oidc/token`);
  expect(text).not.toMatch(/undefined|\[object|NaN/);
});

test('the documentation comes packed to who can unpack it, and not again to who has it', async () => {
  const t = await appForTest();
  const packed = await fetch(`${t.url}/docs`, { headers: { 'accept-encoding': 'gzip' } });
  expect(packed.headers.get('content-encoding')).toBe('gzip');
  expect(Number(packed.headers.get('content-length'))).toBeLessThan(50_000);
  const plain = await fetch(`${t.url}/docs`, { headers: { 'accept-encoding': 'gzip;q=0' } });
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect(await plain.text()).toBe(await packed.text());
  const etag = packed.headers.get('etag')!;
  expect((await fetch(`${t.url}/docs`, { headers: { 'if-none-match': etag } })).status).toBe(304);
});

test('style sheets keep for ever, under a name that changes with them', async () => {
  const t = await appForTest();
  for (const { url } of Object.values(assets)) {
    const response = await fetch(t.url + url);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(Number(response.headers.get('content-length'))).toBeLessThan(15_000);
  }
});

test('an address without a page is told to people as a page, to programs as JSON', async () => {
  const t = await appForTest();
  const page = await fetch(`${t.url}/nothing`, { headers: html });
  expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
  expect(await (await fetch(`${t.url}/nothing`)).json()).toMatchObject({ code: 'request.route_not_found' });
  expect(await (await fetch(`${t.url}/api/%zz`)).json()).toMatchObject({ code: 'request.malformed' });
  expect((await fetch(`${t.url}/%zz`, { headers: html })).status).toBe(400);
});

test('a browser that came by https is told to come by nothing else; one that came in clear text is not', async () => {
  const answer = async (config: object) => {
    const t = await appForTest({ config });
    return (await fetch(`${t.url}/sign-in`)).headers.get('strict-transport-security');
  };
  expect(await answer({ publicUrl: 'https://usher.example' })).toBe('max-age=31536000');
  expect(await answer({})).toBeNull();
});

test('every page is small, runs nothing inline and cannot be framed', async () => {
  const t = await appForTest({ sender: 'development' });
  for (const path of ['/', '/docs', '/mailbox', '/invitations/x', '/nothing']) {
    const response = await fetch(t.url + path, { headers: html });
    const text = await response.text();
    if (path !== '/docs') expect(Buffer.byteLength(text), path).toBeLessThan(50_000);
    expect(text, path).not.toMatch(/<script(?! type="module" src)|\sstyle=|\son\w+=/);
    expect(response.headers.get('content-security-policy')).toMatch(
      /default-src 'none'.*frame-ancestors 'none'/,
    );
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  }
});
