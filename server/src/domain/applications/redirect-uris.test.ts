import { expect, test } from 'vitest';
import { isRegistered, isRegisteredOrigin } from './redirect-uris.ts';

test.each([
  ['https://app.example/cb', 'https://app.example/cb', true],
  ['https://app.example/cb', 'https://app.example/cb/', false],
  ['https://app.example/cb', 'https://app.example/cb?x=1', false],
  ['https://app.example/cb', 'https://app.example/cb#x', false],
  ['https://app.example/cb', 'https://app.example/x/../cb', false],
  ['https://app.example/cb', 'https://APP.example/cb', false],
  ['https://app.example', 'https://app.example/', false],
  ['https://*.app.example/cb', 'https://pr-1.app.example/cb', true],
  ['https://pr-*.app.example/cb', 'https://pr-1.app.example/cb', true],
  ['https://pr-*.app.example/cb', 'https://evil.app.example/cb', false],
  ['https://*.app.example/cb', 'https://app.example/cb', false],
  ['https://*.app.example/cb', 'https://.app.example/cb', false],
  ['https://*.app.example/cb', 'https://a.b.app.example/cb', false],
  ['https://*.app.example/cb', 'https://evil.example/.app.example/cb', false],
  ['https://*.app.example/cb', 'https://evil.example?.app.example/cb', false],
  ['https://*.app.example/cb', 'https://evil.example#.app.example/cb', false],
  ['https://*.app.example/cb', 'https://evil.example\\.app.example/cb', false],
  ['https://*.app.example/cb', 'https://evil.example%2f.app.example/cb', false],
  ['https://*.app.example/cb', 'https://user@pr.app.example/cb', false],
  ['https://*.app.example/cb', 'https://pr.app.example:8443/cb', false],
  ['https://*.app.example/cb', 'http://pr.app.example/cb', false],
  ['https://*.app.example/cb', 'https://pr.app.example.evil.example/cb', false],
  ['https://*.app.example/cb', 'https://pr.app.example/cb?next=x', false],
  ['https://*', 'https://evil', false],
  ['https://*/cb', 'https://evil/cb', false],
  ['https://app.*/cb', 'https://app.evil/cb', false],
  ['https://app.example/*/cb', 'https://app.example/tenant-1/cb', true],
  ['https://app.example/*/cb', 'https://app.example/a/b/cb', false],
  ['https://app.example/*/cb', 'https://app.example/../cb', false],
  ['https://app.example/*/cb', 'https://app.example/%2e%2e/cb', false],
  ['https://app.example/*/cb', 'https://app.example/a%2fb/cb', false],
  ['https://app.example/*/cb', 'https://app.example//cb', false],
  ['https://app.example/*', 'https://app.example/.', false],
  ['https://app.example/*', 'https://app.example/..', false],
  ['com.example.app://callback', 'com.example.app://callback', true],
  ['com.example.*://callback', 'com.example.evil://callback', false],
])('registered %s, given %s: %s', (registered, given, isAllowed) => {
  expect(isRegistered(given, [registered], false)).toBe(isAllowed);
});

test('native applications on a loopback address choose the port themselves, others do not', () => {
  const registered = ['http://127.0.0.1/cb', 'http://[::1]:1/cb'];
  expect(isRegistered('http://127.0.0.1:51234/cb', registered, true)).toBe(true);
  expect(isRegistered('http://[::1]:51234/cb', registered, true)).toBe(true);
  expect(isRegistered('http://127.0.0.1:51234/cb', registered, false)).toBe(false);
  expect(isRegistered('http://127.0.0.1:51234/other', registered, true)).toBe(false);
  expect(isRegistered('http://10.0.0.1:51234/cb', ['http://10.0.0.1/cb'], true)).toBe(false);
});

test('an origin is allowed where a registered address is of it', () => {
  const registered = ['https://app.example/cb', 'https://*.preview.example/cb', 'com.example.app://callback'];
  expect(isRegisteredOrigin('https://app.example', registered)).toBe(true);
  expect(isRegisteredOrigin('https://a.preview.example', registered)).toBe(true);
  for (const origin of [
    'https://evil.example',
    'https://a.b.preview.example',
    'http://app.example',
    'null',
    '',
  ])
    expect(isRegisteredOrigin(origin, registered)).toBe(false);
});
