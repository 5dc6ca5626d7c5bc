/** What the environment may say, and what is told of mistakes. */
import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const read = (env: Record<string, string>) => readConfig(env).config;

test('doors for clients of other servers are open unless others are named', () => {
  expect(read({}).doors).toEqual(['grant', 'scalekit']);
  expect(read({ USHER_DOORS: 'grant' }).doors).toEqual(['grant']);
  expect(read({ USHER_DOORS: ' scalekit , grant ' }).doors).toEqual(['scalekit', 'grant']);
  expect(read({ USHER_DOORS: 'none' }).doors).toEqual([]);
  expect(() => read({ USHER_DOORS: 'grant,back' })).toThrow(/USHER_DOORS must name some of grant, scalekit/);
});

test('no proxy is trusted unless its network is named', () => {
  expect(read({}).trustedProxies).toEqual([]);
  expect(read({ USHER_TRUSTED_PROXIES: '10.0.0.0/8, fd00::/8' }).trustedProxies).toEqual([
    '10.0.0.0/8',
    'fd00::/8',
  ]);
  for (const wrong of ['10.0.0.1', '*', 'loopback', '10.0.0.0/33', 'true'])
    expect(() => read({ USHER_TRUSTED_PROXIES: wrong }), wrong).toThrow(
      /USHER_TRUSTED_PROXIES must be networks/,
    );
});

test('every mistake is told at once', () => {
  expect(() => read({ PORT: 'x', USHER_DOORS: 'y', USHER_TRUSTED_PROXIES: 'z' })).toThrow(
    /PORT[\s\S]*USHER_DOORS[\s\S]*USHER_TRUSTED_PROXIES/,
  );
});
