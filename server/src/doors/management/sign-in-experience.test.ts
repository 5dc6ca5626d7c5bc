import { expect, test } from 'vitest';
import { appForTest } from '../../../test/harness.ts';

const fresh = {
  tenantId: 'default',
  id: 'default',
  name: null,
  color: { isDarkModeEnabled: true },
  branding: {},
  languageInfo: { autoDetect: true, fallbackLanguage: 'en' },
  signInMode: 'SignInAndRegister',
  termsOfUseUrl: null,
  privacyPolicyUrl: null,
};

test('what is given is replaced, the rest stays, and one event says what', async () => {
  const t = await appForTest();
  expect((await t.api('GET', '/sign-in-exp')).body).toEqual(fresh);
  const change = {
    name: 'Northwind',
    color: { primaryColor: '#0a0', darkPrimaryColor: '#00bb00', isDarkModeEnabled: false },
    branding: { logoUrl: 'https://a.example/l.svg', favicon: 'https://a.example/f.ico' },
    languageInfo: { autoDetect: true, fallbackLanguage: 'pt-BR' },
    signInMode: 'SignIn',
    termsOfUseUrl: 'https://a.example/terms',
    privacyPolicyUrl: 'https://a.example/privacy',
  };
  const changed = await t.api('PATCH', '/sign-in-exp', {
    ...change,
    tenantId: 'other',
    id: 'x',
    createdAt: 1,
  });
  expect(changed).toMatchObject({ status: 200, body: { ...fresh, ...change } });
  await t.api('PATCH', '/sign-in-exp', { color: { primaryColor: '#123456' }, termsOfUseUrl: '', name: null });
  expect((await t.api('GET', '/sign-in-exp')).body).toEqual({
    ...fresh,
    ...change,
    name: null,
    color: { primaryColor: '#123456', isDarkModeEnabled: true },
    termsOfUseUrl: null,
  });
  const events = await t.sql(
    "select actor, subject_id, data from journal where type = 'sign_in_experience.updated'",
  );
  expect(events).toHaveLength(2);
  expect(events[1]).toMatchObject({
    subject_id: 'default',
    data: { changed: ['name', 'color', 'termsOfUseUrl'] },
  });
});

test.each([
  ['color.primaryColor', { color: { primaryColor: 'red' } }],
  ['branding.logoUrl', { branding: { logoUrl: '/logo.svg' } }],
  ['languageInfo.fallbackLanguage', { languageInfo: { fallbackLanguage: 'no language' } }],
  ['languageInfo.autoDetect', { languageInfo: { autoDetect: false, fallbackLanguage: 'en' } }],
  ['signInMode', { signInMode: 'Anything' }],
  ['termsOfUseUrl', { termsOfUseUrl: 'javascript:alert(1)' }],
  ['privacyPolicyUrl', { privacyPolicyUrl: 'example.com' }],
  ['name', { name: 'x'.repeat(129) }],
])('%s is checked, and nothing is half done', async (field, change) => {
  const t = await appForTest();
  const answer = await t.api('PATCH', '/sign-in-exp', { name: 'Northwind', ...change });
  expect(answer).toMatchObject({ status: 400, body: { code: 'guard.invalid_input' } });
  expect(answer.body.data.issues[0].path.join('.')).toBe(`body.${field}`);
  expect((await t.api('GET', '/sign-in-exp')).body).toEqual(fresh);
});
