/** What every test app is built with. */
import { createHash } from 'node:crypto';
import { type Config, defaultMailBounds } from '../src/config.ts';
import { openKeys } from '../src/domain/keys.ts';

export const testKeys = openKeys([
  { id: 'test', value: createHash('sha256').update('a key for tests').digest() },
]);

export const testCredentials = { clientId: 'test-management', clientSecret: 'a-secret-that-only-tests-know' };

export const testConfig = (port: number, changes: Partial<Config> = {}): Config => ({
  port,
  host: '127.0.0.1',
  publicUrl: `http://127.0.0.1:${port}`,
  dataDir: '/nonexistent',
  certificate: undefined,
  mailFrom: 'Usher <no-reply@usher.test>',
  logLevel: 'error',
  signingAlgorithm: 'ES256',
  mailBounds: defaultMailBounds,
  scalekitInvitationDays: 15,
  accessTokenLifeS: 300,
  scalekitPasswordless: 'both',
  adminEmail: undefined,
  doors: ['grant', 'scalekit'],
  trustedProxies: [],
  webhookNetworks: [],
  ...changes,
});
