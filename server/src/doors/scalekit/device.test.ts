import { expect, test } from 'vitest';
import { deviceOf } from './device.ts';

test.each([
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.2849.68',
    ['Edge', '130.0.2849.68', 'Windows', '10.0', 'desktop'],
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
    ['Safari', '17.5', 'iOS', '17.5.1', 'mobile'],
  ],
  [
    'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36',
    ['Chrome', '131.0.0.0', 'Android', '14', 'mobile'],
  ],
  [
    'Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
    ['Chrome', '131.0.0.0', 'Android', '13', 'tablet'],
  ],
  [
    'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0',
    ['Firefox', '132.0', 'Linux', '', 'desktop'],
  ],
  ['something of our own', ['', '', '', '', 'desktop']],
  [null, ['', '', '', '', '']],
])('%s', (userAgent, expected) => {
  const { browser, browserVersion, os, osVersion, deviceType } = deviceOf({ userAgent, ip: null });
  expect([browser, browserVersion, os, osVersion, deviceType]).toEqual(expected);
});
