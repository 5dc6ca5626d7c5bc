/** Configurations: what is accepted, what is shown, and what comes back. */
import { describe, expect, test } from 'vitest';
import {
  checkConfig,
  connectorFactories,
  findConnector,
  MASK,
  maskConfig,
  mergeMasked,
  SecretWithheld,
} from './registry.ts';

const smtp = findConnector('simple-mail-transfer-protocol')!;
const config = {
  host: 'smtp.acme.test',
  port: 587,
  auth: { user: 'acme', pass: 'secret-password' },
  fromEmail: 'Acme <no-reply@acme.test>',
};

test('there are eight connectors, each with the fields of a factory', () => {
  expect(Object.keys(connectorFactories)).toEqual([
    'simple-mail-transfer-protocol',
    'sendgrid-email-service',
    'mailgun-email',
    'postmark-mail',
    'resend-email',
    'aws-ses-mail',
    'http-email',
    'mock-email-service',
  ]);
  for (const [id, connector] of Object.entries(connectorFactories)) {
    expect(connector.metadata).toMatchObject({ id, type: 'Email', platform: null, logoDark: null });
    expect(connector.metadata.name.en).not.toBe('');
    expect(() => JSON.parse(connector.metadata.configTemplate)).not.toThrow();
    expect(connector.secretFields.length).toBeGreaterThan(0);
  }
});

test('a name of Object’s own is no connector', () => {
  expect(findConnector('constructor')).toBeUndefined();
  expect(findConnector('__proto__')).toBeUndefined();
});

const templates = ['Register', 'SignIn', 'ForgotPassword', 'Generic'].map((usageType) => ({
  usageType,
  contentType: 'text/plain',
  subject: 's',
  content: 'c',
}));

describe('an SMTP configuration', () => {
  test.each([
    ['as it is', {}],
    ['with templates of the four usual types', { templates }],
    ['without account', { auth: {} }],
    ['with a service account', { auth: { type: 'OAuth2', user: 'u', serviceClient: 'c', privateKey: 'k' } }],
    ['with tokens', { auth: { user: 'u', clientId: 'c', clientSecret: 's', refreshToken: 'r' } }],
    ['with header lists', { customHeaders: { 'X-A': 'b', 'X-C': ['d', 'e'] } }],
    ['with empty texts, which count as absent', { replyTo: '', auth: { user: '', pass: '' } }],
  ])('is accepted %s', (_what, part) => {
    expect(checkConfig(smtp, { ...config, ...part }).problems).toBeUndefined();
  });

  test.each([
    ['without host', { host: undefined }, ''],
    ['with a port that is a text', { port: '587' }, 'port'],
    ['without auth', { auth: undefined }, ''],
    ['with an account of unknown shape', { auth: { user: 'u', pass: 'p', token: 't' } }, 'auth'],
    ['with templates that miss a type', { templates: templates.slice(1) }, 'templates'],
    ['with a sender that would add a header', { fromEmail: 'a@b.test\r\nBcc: c@d.test' }, 'fromEmail'],
  ])('is refused %s, and the field is named', (_what, part, field) => {
    const { problems } = checkConfig(smtp, JSON.parse(JSON.stringify({ ...config, ...part })));
    expect(problems?.map((problem) => problem.field)).toContain(field);
  });
});

test('empty texts are dropped before storing', () => {
  const { config: stored } = checkConfig(smtp, { ...config, replyTo: '', auth: { user: '', pass: '' } });
  expect(stored).toEqual({ ...config, auth: {} });
});

test('secrets are shown as dots, and only those', () => {
  const shown = maskConfig(smtp, config);
  expect(shown).toEqual({ ...config, auth: { user: 'acme', pass: MASK } });
  expect(config.auth.pass).toBe('secret-password');
  expect(maskConfig(smtp, { ...config, auth: {} })).toEqual({ ...config, auth: {} });
});

test('dots that come back keep the secret, a new value replaces it', () => {
  const edited = { ...maskConfig(smtp, config), fromEmail: 'other@acme.test' };
  expect(mergeMasked(smtp, edited, config)).toMatchObject({
    fromEmail: 'other@acme.test',
    auth: config.auth,
  });
  const renewed = { ...config, auth: { user: 'acme', pass: 'new' } };
  expect(mergeMasked(smtp, renewed, config)).toEqual(renewed);
});

test('a kept secret does not follow a change of host', () => {
  const moved = { ...maskConfig(smtp, config), host: 'smtp.evil.test' };
  expect(() => mergeMasked(smtp, moved, config)).toThrow(SecretWithheld);
});

test('dots without a secret behind them are no secret', () => {
  const fresh = { ...config, auth: { user: 'acme', pass: MASK } };
  expect(() => mergeMasked(smtp, fresh, { ...config, auth: {} })).toThrow(SecretWithheld);
});

test('a configuration that does not fit is not opened', () => {
  expect(() => smtp.open({ host: 'x' })).toThrow(TypeError);
});
