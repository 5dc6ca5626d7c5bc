/** Variables in templates. */
import { expect, test } from 'vitest';
import { mentions, renderTemplate } from './render.ts';

const variables = {
  code: '123456',
  organization: { name: 'Acme & <b>Co</b>', id: 'o1', branding: {} },
  inviter: null,
  count: 0,
  yes: true,
  list: ['a', { b: 'c' }],
  nothing: undefined,
  nested: '{{code}}',
  note: 'a\r\nBcc: evil@x.test',
};

test.each([
  ['Code {{code}}', 'Code 123456'],
  ['Code {{ code }} and {{  code}}', 'Code 123456 and 123456'],
  ['{{organization.id}}', 'o1'],
  ['{{unknown}} {{unknown.name}}', '{{unknown}} {{unknown.name}}'],
  ['[{{organization.missing}}] [{{inviter.name}}] [{{inviter}}] [{{nothing}}]', '[] [] [] []'],
  ['{{organization.name.length}}[{{code.0}}]', '[]'],
  ['{{count}} {{yes}}', '0 true'],
  ['{{list.0}} {{list.1.b}} {{list.length}}', 'a c '],
  ['{{list}}', '["a",{"b":"c"}]'],
  ['{{nested}}', '{{code}}'],
  ['{{code.}} {{organization..id}}', ' '],
  ['{{constructor}} {{toString}} {{__proto__.x}}', '{{constructor}} {{toString}} {{__proto__.x}}'],
  ['[{{organization.constructor}}] [{{organization.__proto__}}] [{{list.map}}]', '[] [] []'],
  ['{{ co de }} {{}} {code} {{{code}}}', '{{ co de }} {{}} {code} {123456}'],
])('%s → %s', (template, text) => expect(renderTemplate(template, variables, { escape: 'none' })).toBe(text));

test('in HTML a value cannot become markup or leave an attribute', () => {
  const html = renderTemplate(
    '<a title="{{organization.name}}">{{q}}</a>',
    { ...variables, q: `"'\`>` },
    { escape: 'html' },
  );
  expect(html).toBe('<a title="Acme &#38; &#60;b&#62;Co&#60;/b&#62;">&#34;&#39;&#96;&#62;</a>');
});

test('in a header neither a value nor the template makes a second line', () => {
  expect(renderTemplate('Hi {{note}}', variables, { escape: 'header' })).toBe('Hi a Bcc: evil@x.test');
  expect(renderTemplate('Hi\r\n there\u0085{{code}}\n', {}, { escape: 'header' })).toBe('Hi  there {{code}}');
});

test('a long run of braces and blanks takes no time', () => {
  const started = performance.now();
  renderTemplate(`{{${' '.repeat(50_000)}`.repeat(3), variables, { escape: 'none' });
  expect(performance.now() - started).toBeLessThan(500);
});

test('a template mentions a variable by its first segment', () => {
  expect(mentions('{{ code }}', 'code')).toBe(true);
  expect(mentions('{{organization.code}}', 'code')).toBe(false);
});
