/** Which template a mail is made of: the order, and the languages. */
import { describe, expect, test } from 'vitest';
import type { ConfigTemplate } from './connector.ts';
import { canonicalLanguage, languageChain } from './language.ts';
import { type StoredTemplate, selectTemplate, type TemplateChoice } from './select-template.ts';

const stored = (
  languageTag: string,
  templateType = 'OrganizationInvitation',
  content = 'x',
): StoredTemplate => ({
  languageTag,
  templateType,
  details: { subject: languageTag, content },
});
const configured = (usageType: string, content = 'x'): ConfigTemplate => ({
  usageType,
  contentType: 'text/html',
  subject: usageType,
  content,
});

function chosen(part: Partial<TemplateChoice>): string {
  const selected = selectTemplate({
    usageType: 'OrganizationInvitation',
    fallbackLanguage: 'en',
    stored: [],
    configured: [],
    hasCode: false,
    ...part,
  });
  if (selected.source === 'built-in') return `built-in ${selected.languages.join(' ')}`;
  const { template } = selected;
  return selected.source === 'stored'
    ? `stored ${selected.template.templateType} ${selected.language}`
    : `connector ${'usageType' in template ? template.usageType : ''}`;
}

const all = {
  locale: 'de',
  stored: [stored('en'), stored('de'), stored('en', 'Generic'), stored('de', 'Generic')],
  configured: [configured('Generic'), configured('OrganizationInvitation')],
};

test('the order: message language, fallback language, stored Generic, connector, its Generic, built in', () => {
  expect(chosen(all)).toBe('stored OrganizationInvitation de');
  expect(chosen({ ...all, locale: undefined })).toBe('stored OrganizationInvitation en');
  expect(chosen({ ...all, locale: 'fr' })).toBe('stored OrganizationInvitation en');
  expect(chosen({ ...all, stored: all.stored.slice(2) })).toBe('stored Generic en');
  expect(chosen({ ...all, stored: [stored('de', 'Generic')] })).toBe('connector OrganizationInvitation');
  expect(chosen({ ...all, stored: [], configured: [configured('Generic')] })).toBe('connector Generic');
  expect(chosen({ ...all, stored: [], configured: [] })).toBe('built-in de en');
  expect(chosen({})).toBe('built-in en');
});

describe('languages fall back from the particular to the general', () => {
  test.each([
    ['de-AT', ['de', 'en'], 'de'],
    ['de-AT', ['de', 'de-AT'], 'de-AT'],
    ['DE_at', ['de-AT'], 'de-AT'],
    ['pt', ['pt-BR'], 'pt-BR'],
    ['pt-PT', ['pt-BR', 'pt'], 'pt'],
    ['zh-TW', ['zh-Hant', 'zh'], 'zh-Hant'],
    ['zh-TW', ['zh'], 'zh'],
    ['zh-HK', ['zh-TW', 'zh-CN'], 'zh-TW'],
    ['zh-Hans-CN', ['zh-CN'], 'zh-CN'],
    ['sr-Latn', ['sr', 'en'], 'sr'],
    ['fr', ['de', 'en'], 'en'],
    ['not a tag!', ['not a tag!', 'en'], 'not a tag!'],
  ])('%s among %j is %s', (locale, tags, language) => {
    const templates = tags.map((tag) => stored(tag));
    expect(chosen({ locale, stored: templates })).toBe(`stored OrganizationInvitation ${language}`);
  });

  test('the fallback language falls back in the same way', () => {
    expect(chosen({ fallbackLanguage: 'en-GB', stored: [stored('en')] })).toBe(
      'stored OrganizationInvitation en',
    );
  });
});

test('an invitation never goes out as a verification code', () => {
  const code = 'Your code is {{ code }}';
  const templates = { stored: [stored('en', 'Generic', code)], configured: [configured('Generic', code)] };
  expect(chosen(templates)).toBe('built-in en');
  expect(chosen({ ...templates, hasCode: true })).toBe('stored Generic en');
  expect(chosen({ ...templates, usageType: 'Generic' })).toBe('stored Generic en');
});

test('a tag has one spelling', () => {
  expect(canonicalLanguage('PT_br')).toBe('pt-BR');
  expect(canonicalLanguage('nonsense!')).toBeUndefined();
  expect(languageChain('zh-TW')).toEqual(['zh-TW', 'zh-Hant-TW', 'zh-Hant', 'zh']);
});
