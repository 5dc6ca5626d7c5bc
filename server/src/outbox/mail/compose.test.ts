/** From what is to be said to a mail: variables, precedence, addresses. */
import { describe, expect, test } from 'vitest';
import { composeMail, type MailToCompose } from './compose.ts';
import { mustBeSendable } from './message.ts';
import type { StoredTemplate } from './select-template.ts';

const template = (details: Partial<StoredTemplate['details']>): StoredTemplate => ({
  languageTag: 'en',
  templateType: 'OrganizationInvitation',
  details: { subject: 'Join {{organization.name}}', content: '', ...details },
});

const organization = { id: 'o1', name: 'Acme & Co', branding: { logoUrl: 'https://acme.test/l.png' } };
const inviter = { id: 'u1', name: 'Mia', primaryEmail: 'mia@acme.test' };

const compose = (part: Omit<Partial<MailToCompose>, 'templates'> & { stored?: StoredTemplate[] }) =>
  composeMail({
    usageType: 'OrganizationInvitation',
    payload: {},
    context: { organization, inviter, link: 'https://usher.test/i/1' },
    templates: { stored: part.stored ?? [], configured: [], fallbackLanguage: 'en' },
    sender: { from: 'Acme <no-reply@acme.test>', replyTo: 'help@acme.test' },
    defaultFrom: 'usher@host.test',
    to: 'jo@example.test',
    messageId: '<d1@usher.test>',
    ...part,
  });

const content = '<p>{{inviter.name}} of {{organization.name}}: <a href="{{link}}">{{greeting}}</a></p>';

test('a stored template is filled with the payload and what the server knows, escaped for HTML', () => {
  const mail = compose({ stored: [template({ content })], payload: { greeting: '<i>Hi</i>' } });
  expect(mail).toMatchObject({
    from: 'Acme <no-reply@acme.test>',
    to: 'jo@example.test',
    replyTo: 'help@acme.test',
    subject: 'Join Acme & Co',
    html: '<p>Mia of Acme &#38; Co: <a href="https://usher.test/i/1">&#60;i&#62;Hi&#60;/i&#62;</a></p>',
    text: undefined,
    language: 'en',
    messageId: '<d1@usher.test>',
  });
  expect(() => mustBeSendable(mail)).not.toThrow();
});

test('a plain text template goes to the text part as it is', () => {
  const stored = [template({ content: '{{organization.name}} {{greeting}}', contentType: 'text/plain' })];
  const mail = compose({ stored, payload: { greeting: '<i>Hi</i>' } });
  expect(mail).toMatchObject({ html: undefined, text: 'Acme & Co <i>Hi</i>' });
});

describe('what the caller supplies', () => {
  test('never stands for the organization or the inviter', () => {
    const payload = { organization: { name: 'Bank' }, inviter: { name: 'The CEO' } };
    expect(compose({ stored: [template({ content })], payload }).html).toContain('Mia of Acme');
    const unknown = compose({ stored: [template({ content })], payload, context: { organization } });
    expect(unknown.html).not.toContain('The CEO');
    expect(unknown.html).toContain('<p> of Acme');
  });

  test('names the link when it is a web address, and only then', () => {
    const stored = [template({ content: '{{link}}' })];
    const link = (value: unknown, context: MailToCompose['context'] = { link: 'https://usher.test/i/1' }) =>
      compose({ stored, payload: { link: value }, context }).html;
    expect(link('https://app.test/join?t=1')).toBe('https://app.test/join?t=1');
    expect(link('javascript:alert(1)')).toBe('https://usher.test/i/1');
    expect(link('https://a.test/\r\n"onclick="x')).toBe('https://usher.test/i/1');
    expect(link(7)).toBe('https://usher.test/i/1');
    expect(link('javascript:alert(1)', {})).toBe('');
  });
});

test('names carry no links, controls or markup into a stored template either', () => {
  const context = {
    organization: { id: 'o1', name: 'Win at http://evil.com\r\nBcc: x@y.zz <b>' },
    inviter: { name: '\u202eMia\u202c www.evil.com' },
  };
  const mail = compose({ stored: [template({ content })], context });
  expect(mail.subject).toBe('Join Win at http evil·com Bcc: x(at)y·zz <b>');
  expect(mail.html).toContain('<p>Mia www·evil·com of Win at http evil·com Bcc: x(at)y·zz &#60;b&#62;');
  expect(() => mustBeSendable(mail)).not.toThrow();
});

describe('addresses of a template', () => {
  test('sendFrom and replyTo override the connector', () => {
    const details = { sendFrom: '{{organization.name}} <hi@acme.test>', replyTo: '{{inviter.primaryEmail}}' };
    expect(compose({ stored: [template(details)] })).toMatchObject({
      from: 'Acme & Co <hi@acme.test>',
      replyTo: 'mia@acme.test',
    });
  });

  test('what is no single mailbox is passed over, so that the mail still leaves', () => {
    const details = { sendFrom: 'a@b.test, c@d.test', replyTo: '{{inviter.primaryEmail}}' };
    const mail = compose({ stored: [template(details)], context: { organization } });
    expect(mail).toMatchObject({ from: 'Acme <no-reply@acme.test>', replyTo: 'help@acme.test' });
  });

  test('a name cannot put another address into sendFrom', () => {
    const context = { organization: { id: 'o', name: 'Bank <ceo@bank.test>' } };
    const mail = compose({
      stored: [template({ sendFrom: '{{organization.name}} <hi@acme.test>' })],
      context,
    });
    expect(mail.from).toBe('Acme <no-reply@acme.test>');
  });

  test('without any sender, the default one', () => {
    expect(compose({ sender: {} })).toMatchObject({ from: 'usher@host.test', replyTo: undefined });
  });
});

test('without templates the built-in mail goes out, in the language of the message', () => {
  const mail = compose({ payload: { locale: 'de-AT', message: 'Bis Montag!' } });
  expect(mail).toMatchObject({ language: 'de', subject: 'Mia lädt Sie zu Acme & Co ein' });
  expect(mail.html).toContain('href="https://usher.test/i/1"');
  expect(mail.text).toContain('> Bis Montag!');
});

test('a template kept at the provider gets the variables and no content of ours', () => {
  const configured = [
    {
      ...{ usageType: 'OrganizationInvitation', contentType: 'text/html' as const, subject: '', content: '' },
      providerTemplate: 'invite',
      providerVariables: { theme: 'dark' },
    },
  ];
  const mail = composeMail({
    usageType: 'OrganizationInvitation',
    payload: { greeting: 'Hi' },
    context: { organization, link: 'https://usher.test/i/1' },
    templates: { stored: [], configured, fallbackLanguage: 'en' },
    sender: {},
    defaultFrom: 'usher@host.test',
    to: 'jo@example.test',
    messageId: '<d1@usher.test>',
  });
  expect(mail).toMatchObject({ html: undefined, text: undefined });
  expect(mail.providerTemplate).toMatchObject({
    name: 'invite',
    variables: { theme: 'dark', greeting: 'Hi', link: 'https://usher.test/i/1', organization },
  });
});

test('composing again gives the same mail, so a repetition can be told', () => {
  expect(compose({ payload: { locale: 'ja' } })).toEqual(compose({ payload: { locale: 'ja' } }));
});
