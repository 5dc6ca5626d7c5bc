/** The built-in mails: seven languages, any name, nothing that could hurt. */
import { describe, expect, test } from 'vitest';
import { contrast, hexColor, inkOn } from './color.ts';
import { type BuiltinContext, renderBuiltin } from './render-builtin.ts';
import { wordings } from './wording.ts';

const context: BuiltinContext = {
  organization: { id: 'o1', name: 'Acme & Söhne' },
  inviter: { name: 'Mia Meyer', primaryEmail: 'mia@acme.test' },
  link: 'https://app.test/i?a=1&b=2',
  expiresAt: Date.UTC(2027, 2, 1, 14, 5),
  roles: ['admin', 'billing'],
  message: 'See you\non Monday',
};
const invitation = (locale: string | string[], part: BuiltinContext = {}) =>
  renderBuiltin({ usageType: 'OrganizationInvitation', locale, context: { ...context, ...part } });

describe('an invitation in its language', () => {
  test.each([
    ['en', 'Mia Meyer invited you to join Acme & Söhne', 'Accept invitation', 'March 1, 2027 at 2:05 PM UTC'],
    ['en-GB', 'Mia Meyer invited you to join Acme & Söhne', 'Accept invitation', '1 March 2027 at 14:05 UTC'],
    ['de-AT', 'Mia Meyer lädt Sie zu Acme & Söhne ein', 'Einladung annehmen', '1. März 2027 um 14:05 UTC'],
    [
      'fr',
      'Mia Meyer vous invite à rejoindre Acme & Söhne',
      'Accepter l’invitation',
      '1 mars 2027 à 14:05 UTC',
    ],
    ['es', 'Mia Meyer te invita a unirte a Acme & Söhne', 'Aceptar la invitación', '1 de marzo de 2027'],
    [
      'pt-BR',
      'Mia Meyer convidou você para participar de Acme & Söhne',
      'Aceitar convite',
      '1 de março de 2027',
    ],
    ['ja', 'Mia MeyerさんからAcme & Söhneへの招待が届いています', '招待を承諾する', '2027年3月1日 14:05 UTC'],
    ['zh-CN', 'Mia Meyer 邀请您加入 Acme & Söhne', '接受邀请', '2027年3月1日 14:05 UTC'],
  ])('%s', (locale, subject, button, date) => {
    const mail = invitation(locale);
    expect(mail).toMatchObject({ subject, language: locale.slice(0, 2) });
    expect(mail.html).toContain(`<html lang="${locale.slice(0, 2)}"`);
    expect(mail.html).toContain(`>${button}</a>`);
    for (const part of [mail.text, mail.html]) expect(part.replaceAll('\u00a0', ' ')).toContain(date);
    expect(mail.text).toContain(`${button}`);
    expect(mail.text.split('\n')).toContain('https://app.test/i?a=1&b=2');
    expect(mail.text).toContain('Mia Meyer (mia@acme.test)');
  });

  test.each([
    [['xx', 'de'], 'de'],
    [['zh-TW'], 'zh'],
    [['pt-PT'], 'pt'],
    [['ru'], 'en'],
    [[], 'en'],
    [['!!'], 'en'],
  ])('%j is answered in %s', (locale, language) => expect(invitation(locale).language).toBe(language));
});

test.each(wordings.map(({ language }) => language))(
  'an offer of ownership in %s names both and leads on',
  (locale) => {
    const mail = renderBuiltin({ usageType: 'OwnershipOffered', locale, context });
    expect(mail.language).toBe(locale);
    expect(mail.subject).toContain('Mia Meyer');
    expect(mail.subject).toContain('Acme');
    expect(mail.text.split('\n')).toContain('https://app.test/i?a=1&b=2');
    for (const part of [mail.subject, mail.text, mail.html]) expect(part).not.toMatch(/\{\w+\}/);
    const alone = renderBuiltin({
      usageType: 'OwnershipOffered',
      locale,
      context: { ...context, inviter: null },
    });
    for (const part of [alone.subject, alone.text]) expect(part).not.toMatch(/\{\w+\}/);
  },
);

const proofContext: BuiltinContext = {
  code: '042042',
  link: 'https://app.test/s',
  organization: context.organization,
  application: { id: 'a1', name: 'Rocket CRM' },
};
const proofs = (locale: string, part: BuiltinContext = {}) =>
  (['sign-in', 'new-address', 'invitation'] as const).flatMap((purpose) =>
    [proofContext, { code: '042042' }].map((about) =>
      renderBuiltin({ usageType: 'SignIn', locale, context: { ...about, ...part, purpose } }),
    ),
  );
const asks = (locale: string, part: BuiltinContext = {}) => {
  const about = { organization: context.organization, invitee: 'ann@example.com', ...part };
  return [
    renderBuiltin({ usageType: 'InvitationRenewalRequest', locale, context: about }),
    renderBuiltin({
      usageType: 'InvitationAddressRequest',
      locale,
      context: { address: 'ann@home.example.org', ...about },
    }),
  ];
};

describe.each(wordings.map((wording) => wording.language))('%s', (language) => {
  const mails = [
    invitation(language),
    invitation(language, { inviter: null, expiresAt: undefined, roles: [], message: '' }),
    renderBuiltin({ usageType: 'Generic', locale: language, context: { code: '042042' } }),
    renderBuiltin({ usageType: 'SignIn', locale: language, context: { link: 'https://app.test/s' } }),
    ...proofs(language),
    ...asks(language),
  ];

  test('has no place left unfilled, and well-formed HTML of moderate size', () => {
    for (const mail of mails) {
      expect(`${mail.subject}${mail.text}`).not.toMatch(/[{}]|undefined|null/);
      expect(mail.html.replace(/<style>.*<\/style>/s, '')).not.toMatch(/[{}]|undefined|null/);
      expect(mail.html.length).toBeLessThan(12_000);
      expect(unbalanced(mail.html)).toEqual([]);
    }
  });

  test('an invitation without inviter says so in other words, and the code is in both parts', () => {
    const [withInviter, alone, code] = mails;
    expect(alone!.subject).not.toBe(withInviter!.subject);
    expect(alone!.text).not.toContain('Mia');
    expect(code!.html).toContain('>042042</p>');
    expect(code!.text).toContain('    042042');
    expect(code!.subject).not.toContain('042042');
  });
});

test.each(wordings.map(({ language }) => language))(
  '%s: a code is in both parts, never in the subject',
  (language) => {
    for (const mail of proofs(language)) {
      expect(mail.html).toContain('>042042</p>');
      expect(mail.html).toContain('user-select:all');
      expect(mail.text).toContain('    042042');
      expect(mail.subject).not.toContain('042042');
      expect(mail.text).toMatch(/10/);
    }
    const [signIn, withoutPlace, , , invitation] = proofs(language);
    expect(signIn!.text).toContain('Rocket CRM');
    expect(signIn!.subject).toContain('Rocket CRM');
    expect(withoutPlace!.subject).not.toBe(signIn!.subject);
    expect(signIn!.text).toContain('https://app.test/s');
    expect(invitation!.html).not.toContain('href');
    expect(invitation!.subject).toContain('Acme');
    for (const mail of asks(language)) {
      for (const part of [mail.subject, mail.text, mail.html]) expect(part).toContain('ann@example.com');
      expect(mail.text).toContain('Acme & Söhne');
    }
    expect(asks(language)[1]!.text.match(/ann@home\.example\.org/g)).toHaveLength(2);
  },
);

/** Elements that are closed wrongly or not at all. */
function unbalanced(html: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, slash, name = ''] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
    if (['meta', 'img', 'br'].includes(name)) continue;
    if (!slash) open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...wrong, ...open];
}

test('an accessible skeleton: language, preview text, dark mode, layout tables marked as such', () => {
  const { html } = invitation('en');
  expect(html).toMatch(/^<!doctype html>\n<html lang="en" dir="ltr">/);
  expect(html).toContain('<meta name="color-scheme" content="light dark">');
  expect(html).toContain('@media (prefers-color-scheme:dark)');
  expect(html).toMatch(/<div style="display:none[^"]*">Mia Meyer would like/);
  expect(html.match(/<h1/g)).toHaveLength(1);
  const tables = html.match(/<table[^>]*>/g) ?? [];
  expect(tables.filter((table) => !/role="presentation"|class="facts"/.test(table))).toEqual([]);
});

test('no name, note or address becomes markup or a link', () => {
  const nasty = '"><img src=x onerror=alert(1)> http://evil.com \u202e';
  const mail = invitation('en', {
    organization: {
      id: 'o',
      name: nasty,
      branding: { logoUrl: 'javascript:alert(1)' },
      color: { primaryColor: 'red;}' },
    },
    inviter: { name: nasty, primaryEmail: '<b>@evil.test' },
    roles: [nasty],
    message: nasty,
  });
  expect(mail.html).not.toMatch(/<img|onerror=alert\(1\)>|javascript:|red;|\u202e/);
  expect(mail.html).not.toContain('evil.com');
  expect(mail.html.match(/href="[^"]*"/g)).toEqual(Array(2).fill('href="https://app.test/i?a=1&#38;b=2"'));
  expect(`${mail.subject}${mail.text}`).not.toMatch(/evil\.|\u202e|[\r\u0000]/);
});

test('no name, address or application in the other mails becomes markup or a link', () => {
  const nasty =
    '"><img src=x onerror=alert(1)> http://evil.com www.evil.com a@evil.com \u202e\u200b\r\nBcc: x';
  const part: BuiltinContext = {
    organization: { id: 'o', name: nasty },
    brand: { name: nasty, branding: { logoUrl: 'javascript:alert(1)' }, color: { primaryColor: 'red;}' } },
    application: { id: 'a', name: nasty },
    invitee: nasty,
    address: nasty,
  };
  for (const mail of [...proofs('en', part), ...asks('en', part)]) {
    expect(mail.html).not.toMatch(/<img|onerror=alert\(1\)>|javascript:|red;|[\u202e\u200b]/);
    expect(`${mail.subject}${mail.text}${mail.html}`).not.toMatch(
      /evil\.|http:\/\/evil|a@evil|[\u202e\r\u0000]/,
    );
    expect(mail.subject).not.toMatch(/[\r\n]/);
  }
});

test('a link that is no web address is left out, with its button', () => {
  const mail = invitation('en', { link: 'javascript:alert(1)' });
  expect(mail.html).not.toContain('href=');
  expect(mail.text).not.toContain('javascript');
});

test('the brand: its logo, its colour, and ink that can be read on it', () => {
  const mail = invitation('en', {
    organization: {
      ...{
        id: 'o',
        name: 'Acme',
        branding: { logoUrl: 'https://a.test/l.png', darkLogoUrl: 'https://a.test/d.png' },
      },
      color: { primaryColor: '#FD0', darkPrimaryColor: '#002244' },
    },
  });
  expect(mail.html).toContain('src="https://a.test/l.png" alt="Acme"');
  expect(mail.html).toContain('src="https://a.test/d.png"');
  expect(mail.html).toContain('bgcolor="#ffdd00"');
  expect(mail.html).toContain('text-decoration:none;color:#000000');
});

test('on every colour the ink has a contrast of at least 4.5', () => {
  for (let value = 0; value < 0x1000; value += 7) {
    const color = hexColor(`#${value.toString(16).padStart(3, '0')}`)!;
    expect(contrast(color, inkOn(color))).toBeGreaterThanOrEqual(4.5);
  }
  expect(hexColor('#12345')).toBeUndefined();
  expect(hexColor('red')).toBeUndefined();
  expect(hexColor(null)).toBeUndefined();
});

test('a long name is cut in the subject and whole in the mail', () => {
  const name = 'Donaudampfschifffahrtsgesellschaft und Kompanie mit beschränkter Haftung';
  const mail = invitation('de', { organization: { id: 'o', name } });
  expect(mail.subject.length).toBeLessThan(120);
  expect(mail.text).toContain(name);
});

test('an inviter with an address only is named by it; one with nothing is not named', () => {
  expect(invitation('en', { inviter: { primaryEmail: 'mia@acme.test' } }).subject).toBe(
    'mia@acme.test invited you to join Acme & Söhne',
  );
  expect(invitation('en', { inviter: { name: '\u200b' } }).subject).toBe(
    'You’re invited to join Acme & Söhne',
  );
});

test('the plain text, whole', () => {
  expect(invitation('en').text).toBe(`Join Acme & Söhne

Mia Meyer would like to work with you in Acme & Söhne. Accept the invitation to get started. It only takes a moment.

Message from Mia Meyer:
> See you
> on Monday

Invited by: Mia Meyer (mia@acme.test)
Roles: admin and billing
Valid until: March 1, 2027 at 2:05 PM\u00a0UTC

Accept invitation:
https://app.test/i?a=1&b=2

—
You received this email because someone entered your address to invite you to Acme & Söhne.
If you weren’t expecting it, you can safely ignore it. Nothing happens unless you accept.
`);
});
