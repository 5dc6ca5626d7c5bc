/** Proving an address by the field's client, unmodified, over a socket; the mails are those that arrive. */
import {
  ScalekitBadRequestException,
  ScalekitClient,
  ScalekitTooManyRequestsException,
} from '@scalekit-sdk/node';
import { expect, test } from 'vitest';
import { clientOf, newAddress, openDoor } from '../../src/doors/scalekit/fixture.ts';
import { parallel } from '../builders.ts';
import { testCredentials } from '../fixtures.ts';
import { appForTest } from '../harness.ts';

const door = openDoor();
const proving = () => door.client.passwordless;
const place = 'https://app.example.com';

async function registerPlace() {
  await door.api('PATCH', `/applications/${testCredentials.clientId}`, {
    oidcClientMetadata: { redirectUris: [`${place}/callback`], postLogoutRedirectUris: [] },
  });
}

/** Asks, and reads the mail that came of it. */
async function ask(options: object = {}, email = newAddress()) {
  const sent = await proving().sendPasswordlessEmail(email, options as never);
  return { email, sent, ...(await mailTo(email)) };
}

async function mailTo(email: string) {
  await door.drain();
  const mail = door.mails.findLast(({ to }) => to === email);
  const text = mail?.text ?? '';
  return {
    mail: mail!,
    code: /^\s*(\d{6})\s*$/m.exec(text)?.[1],
    linkToken: /link_token=([\w.-]+)/.exec(text)?.[1],
  };
}

const byCode = (code: string, id: string) => proving().verifyPasswordlessEmail({ code }, id);
const other = (code: string) => (code === '000000' ? '000001' : '000000');

test('a code proves the address, once; state and kind of mail come back', async () => {
  const { email, sent, code, linkToken } = await ask({ template: 'SIGNUP', state: 'mine', expiresIn: 600 });
  expect(sent).toMatchObject({
    passwordlessType: 1,
    expiresIn: 600,
    authRequestId: expect.stringMatching(/^par_\d+$/),
  });
  expect(Number(sent.expiresAt)).toBeCloseTo(door.now() / 1000 + 600, -1);
  expect(linkToken).toBeUndefined();
  const proved = await byCode(code!, sent.authRequestId);
  expect(proved).toMatchObject({ email, state: 'mine', template: 2, passwordlessType: 1 });
  await expect(byCode(code!, sent.authRequestId)).rejects.toThrow(ScalekitBadRequestException);
});

test('by default a mail is for signing in and lives five minutes', async () => {
  const { sent, code } = await ask();
  expect(sent.expiresIn).toBe(300);
  door.advance(299_000);
  expect((await byCode(code!, sent.authRequestId)).template).toBe(1);
  const late = await ask();
  door.advance(301_000);
  await expect(byCode(late.code!, late.sent.authRequestId)).rejects.toMatchObject({ errorCode: 'EXPIRED' });
});

test('of many who bring the right code at once, one proves the address', async () => {
  // Depends on `used_at is null` in the statement that redeems.
  const { sent, code } = await ask();
  const answers = await parallel(8, () =>
    byCode(code!, sent.authRequestId).then(
      () => 'proved',
      (error: { httpStatus: number }) => error.httpStatus,
    ),
  );
  expect(answers.filter((answer) => answer === 'proved')).toHaveLength(1);
});

test('of many who bring the right link at once, one proves the address', async () => {
  await registerPlace();
  const { linkToken } = await ask({ magiclinkAuthUri: `${place}/verify` });
  const answers = await parallel(8, () =>
    proving()
      .verifyPasswordlessEmail({ linkToken: linkToken! })
      .then(
        () => 'proved',
        (error: { httpStatus: number }) => error.httpStatus,
      ),
  );
  expect(answers.filter((answer) => answer === 'proved')).toHaveLength(1);
});

test('five wrong codes are all that anybody gets, also by asking again', async () => {
  const { sent, code } = await ask();
  for (let i = 0; i < 5; i++)
    await expect(byCode(other(code!), sent.authRequestId)).rejects.toThrow(ScalekitBadRequestException);
  await expect(byCode(code!, sent.authRequestId)).rejects.toThrow(ScalekitTooManyRequestsException);
  await expect(proving().resendPasswordlessEmail(sent.authRequestId)).rejects.toThrow(
    ScalekitTooManyRequestsException,
  );
});

test('tries at once are counted: of twenty wrong codes five are judged', async () => {
  const { sent, code } = await ask();
  const answers = await parallel(20, () =>
    byCode(other(code!), sent.authRequestId).catch((error: { httpStatus: number }) => error.httpStatus),
  );
  expect(answers.filter((status) => status === 400)).toHaveLength(5);
  expect(answers.filter((status) => status === 429)).toHaveLength(15);
});

test('asked for again, the same code comes, and its time begins anew', async () => {
  const { email, sent, code } = await ask({ expiresIn: 60 });
  door.advance(50_000);
  const again = await proving().resendPasswordlessEmail(sent.authRequestId);
  expect(again).toMatchObject({ authRequestId: sent.authRequestId, expiresIn: 60, passwordlessType: 1 });
  expect(again.expiresAt).toBeGreaterThan(sent.expiresAt);
  expect((await mailTo(email)).code).toBe(code);
  expect(door.mails.filter(({ to }) => to === email)).toHaveLength(2);
  door.advance(50_000);
  await byCode(code!, sent.authRequestId);
  await expect(proving().resendPasswordlessEmail(sent.authRequestId)).rejects.toThrow(
    ScalekitBadRequestException,
  );
  await expect(proving().resendPasswordlessEmail('nonsense')).rejects.toThrow(ScalekitBadRequestException);
});

test('an address gets two mails in a minute', async () => {
  const { email, sent } = await ask();
  await ask({}, email);
  await expect(proving().sendPasswordlessEmail(email)).rejects.toThrow(ScalekitTooManyRequestsException);
  await expect(proving().resendPasswordlessEmail(sent.authRequestId)).rejects.toThrow(
    ScalekitTooManyRequestsException,
  );
  await expect(proving().sendPasswordlessEmail(email.toUpperCase())).rejects.toThrow(
    ScalekitTooManyRequestsException,
  );
  door.advance(61_000);
  await proving().sendPasswordlessEmail(email);
  await door.drain();
});

test('a link leads to the page that the application names, and proves the address without the request', async () => {
  await registerPlace();
  const { email, sent, mail, code, linkToken } = await ask({
    magiclinkAuthUri: `${place}/verify?a=b`,
    state: 's',
  });
  expect(sent.passwordlessType).toBe(3);
  expect(mail.text).toContain(`${place}/verify?a=b&link_token=${linkToken}`);
  expect(code).toMatch(/^\d{6}$/);
  const second = await ask();
  await expect(
    proving().verifyPasswordlessEmail({ linkToken: linkToken! }, second.sent.authRequestId),
  ).rejects.toThrow(ScalekitBadRequestException);
  const proved = await proving().verifyPasswordlessEmail({ linkToken: linkToken! });
  expect(proved).toMatchObject({ email, state: 's', passwordlessType: 3 });
  await expect(byCode(code!, sent.authRequestId)).rejects.toThrow(ScalekitBadRequestException);
  await expect(
    proving().verifyPasswordlessEmail({ linkToken: `${linkToken!.slice(0, -2)}xx` }),
  ).rejects.toThrow(ScalekitBadRequestException);
});

test('a link leads nowhere that no application is registered at', async () => {
  await registerPlace();
  const email = newAddress();
  for (const elsewhere of [
    'https://evil.example.com/verify',
    'https://app.example.com.evil.example',
    'https://app.example.com@evil.example',
    'http://app.example.com/verify',
    'https://app.example.com:8443/verify',
    'javascript:alert(1)',
    'nonsense',
  ])
    await expect(
      proving().sendPasswordlessEmail(email, { magiclinkAuthUri: elsewhere }),
      elsewhere,
    ).rejects.toThrow(ScalekitBadRequestException);
  await door.drain();
  expect(door.mails.some(({ to }) => to === email)).toBe(false);
});

test('another application cannot use the code, the link or the request', async () => {
  await registerPlace();
  const { sent, code, linkToken } = await ask({ magiclinkAuthUri: `${place}/verify` });
  const [{ id: role }] = await door.sql("select id from roles where name = 'Management API access'");
  const made = await door.api('POST', '/applications', { name: 'Other', type: 'MachineToMachine' });
  await door.api('POST', `/applications/${made.body.id}/roles`, { roleIds: [role] });
  const stranger = new ScalekitClient(door.url, made.body.id, made.body.secret).passwordless;
  for (const call of [
    () => stranger.verifyPasswordlessEmail({ code: code! }, sent.authRequestId),
    () => stranger.verifyPasswordlessEmail({ linkToken: linkToken! }),
    () => stranger.resendPasswordlessEmail(sent.authRequestId),
  ])
    await expect(call()).rejects.toMatchObject({ errorCode: 'EXPIRED' });
  await byCode(code!, sent.authRequestId);
});

test('it proves an address and makes nobody: no account, no session', async () => {
  await registerPlace();
  const { email, linkToken } = await ask({ magiclinkAuthUri: `${place}/verify` });
  const page = await fetch(`${door.url}/sign-in/link/${linkToken}`, { redirect: 'manual' });
  const shown = await fetch(`${door.url}/sign-in/link`, {
    headers: {
      cookie: page.headers
        .getSetCookie()
        .map((cookie) => cookie.split(';')[0])
        .join('; '),
    },
  });
  expect(shown.status).toBe(410);
  await proving().verifyPasswordlessEmail({ linkToken: linkToken! });
  expect(await door.sql('select 1 from users where primary_email = $1', [email])).toEqual([]);
  expect(await door.sql('select 1 from sessions where user_id is not null')).toEqual([]);
});

test('the tenant’s own templates show the application’s variables, as text', async () => {
  await door.api('PUT', '/email-templates', {
    templates: [
      {
        languageTag: 'en',
        templateType: 'SignIn',
        details: { subject: '{{product}}: {{code}}', content: '<p>{{product}} {{code}} {{greeting}}</p>' },
      },
    ],
  });
  const { mail } = await ask({ templateVariables: { product: 'Acme', greeting: '<b>Hi</b>' } });
  expect(mail.subject).toMatch(/^Acme: \d{6}$/);
  expect(mail.html).toMatch(/^<p>Acme \d{6} &#60;b&#62;Hi&#60;\/b&#62;<\/p>$/);
  await expect(
    proving().sendPasswordlessEmail(newAddress(), { templateVariables: { product: 'Acme' } }),
  ).rejects.toThrow('greeting');
  // The other kind of mail has no template of its own.
  await ask({ template: 'SIGNUP' });
  await door.api('DELETE', '/email-templates?languageTag=en&templateType=SignIn');
});

test('what cannot be asked for is refused, and no mail goes out', async () => {
  const email = newAddress();
  const many = Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`key${i}`, 'v']));
  for (const unfit of [
    { expiresIn: 59 },
    { expiresIn: 3601 },
    { templateVariables: { otp: '123456' } },
    { templateVariables: { code: '123456' } },
    { templateVariables: { x: 'too short a name' } },
    { templateVariables: many },
    { state: 'x'.repeat(1001) },
  ])
    await expect(proving().sendPasswordlessEmail(email, unfit), JSON.stringify(unfit)).rejects.toThrow(
      ScalekitBadRequestException,
    );
  await expect(proving().sendPasswordlessEmail('nobody')).rejects.toThrow(ScalekitBadRequestException);
  await expect(proving().verifyPasswordlessEmail({ code: '123456' })).rejects.toThrow(
    ScalekitBadRequestException,
  );
  await expect(proving().verifyPasswordlessEmail({ linkToken: 'nonsense' })).rejects.toThrow(
    ScalekitBadRequestException,
  );
  await door.drain();
  expect(door.mails.some(({ to }) => to === email)).toBe(false);
});

test('a server that sends links only sends no code, and takes none', async () => {
  const t = await appForTest({ config: { scalekitPasswordless: 'link' } });
  const { passwordless } = clientOf(t);
  await expect(passwordless.sendPasswordlessEmail('one@example.com')).rejects.toThrow(
    ScalekitBadRequestException,
  );
  await t.api('PATCH', `/applications/${testCredentials.clientId}`, {
    oidcClientMetadata: { redirectUris: [`${place}/callback`], postLogoutRedirectUris: [] },
  });
  const sent = await passwordless.sendPasswordlessEmail('one@example.com', { magiclinkAuthUri: place });
  expect(sent.passwordlessType).toBe(2);
  await t.drain();
  expect(t.mails[0]!.text).not.toMatch(/^\s*\d{6}\s*$/m);
  await expect(passwordless.verifyPasswordlessEmail({ code: '123456' }, sent.authRequestId)).rejects.toThrow(
    ScalekitBadRequestException,
  );
});

test('without mail nothing is proved, and that is said', async () => {
  const t = await appForTest({ sender: null });
  await expect(clientOf(t).passwordless.sendPasswordlessEmail('one@example.com')).rejects.toMatchObject({
    errorCode: 'NO_EMAIL_CONNECTOR',
  });
});
