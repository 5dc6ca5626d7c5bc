/** The tenant's own e-mail templates (contract §11.2, §11.3). */
import { expect, test } from 'vitest';
import { keysOf, nobody, openDoor } from './fixture.ts';

const door = openDoor();
type Template = {
  id: string;
  languageTag: string;
  templateType: string;
  details: Record<string, unknown>;
  createdAt: number;
};

const template = (languageTag: string, templateType = 'OrganizationInvitation', details: object = {}) => ({
  languageTag,
  templateType,
  details: { subject: `Subject ${languageTag}`, content: `Content ${languageTag} {{link}}`, ...details },
});
const put = (...templates: object[]) => door.done<Template[]>(200, 'PUT', '/email-templates', { templates });
const list = (query = '') => door.done<Template[]>(200, 'GET', `/email-templates${query}`);
const missing = [404, 'entity.not_exists_with_id'] as const;

test('PUT sets them in the order of the request; again, id and age stay', async () => {
  const [fr, de] = await put(
    template('fr'),
    template('de', 'Generic', {
      contentType: 'text/plain',
      replyTo: 'a@example.com',
      sendFrom: 'b@example.com',
    }),
  );
  expect(keysOf(fr!)).toEqual(['createdAt', 'details', 'id', 'languageTag', 'templateType', 'tenantId']);
  expect(fr).toMatchObject({
    tenantId: 'default',
    languageTag: 'fr',
    templateType: 'OrganizationInvitation',
    details: template('fr').details,
  });
  expect(de!.details).toMatchObject({
    contentType: 'text/plain',
    replyTo: 'a@example.com',
    sendFrom: 'b@example.com',
  });
  door.advance(1000);
  const [again] = await put(template('fr', 'OrganizationInvitation', { subject: 'New' }));
  expect(again).toEqual({ ...fr, details: { ...fr!.details, subject: 'New' } });
  expect(await door.done(200, 'GET', `/email-templates/${fr!.id}`)).toEqual(again);
});

test('every mail that Usher sends of itself can have a template', async () => {
  const types = [
    'InvitationApprovalRequest',
    'JoinRequestMade',
    'JoinRequestApproved',
    'JoinRequestDeclined',
    'OwnershipOffered',
  ];
  const set = await put(...types.map((type) => template('sv', type)));
  expect(set.map(({ templateType }) => templateType)).toEqual(types);
});

test('GET lists by language, then type, of one language or type when asked', async () => {
  await put(template('it', 'SignIn'), template('it', 'Generic'), template('es', 'SignIn'));
  const key = (one: Template) => `${one.languageTag} ${one.templateType}`;
  const all = (await list()).map(key);
  expect(all).toEqual([...all].sort());
  expect((await list('?languageTag=it')).map(key)).toEqual(['it Generic', 'it SignIn']);
  expect((await list('?languageTag=it&templateType=SignIn')).map(key)).toEqual(['it SignIn']);
  await door.refused(400, 'guard.invalid_input', 'GET', '/email-templates?templateType=Spam');
  await door.refused(400, 'guard.invalid_input', 'GET', '/email-templates?languageTag=');
});

test('PATCH merges into the details', async () => {
  const [made] = await put(template('pl', 'Generic', { replyTo: 'a@example.com' }));
  const path = `/email-templates/${made!.id}/details`;
  expect(await door.done(200, 'PATCH', path, {})).toEqual(made);
  expect(await door.done(200, 'PATCH', path, { subject: 'Changed', templateType: 'SignIn' })).toEqual({
    ...made,
    details: { ...made!.details, subject: 'Changed' },
  });
  for (const body of [{ subject: '' }, { content: 5 }, { contentType: 'text/markdown' }])
    await door.refused(400, 'guard.invalid_input', 'PATCH', path, body);
  await door.refused(...missing, 'PATCH', `/email-templates/${nobody}/details`, { subject: 'x' });
});

test('DELETE takes one, or all of a language or type; never all there are', async () => {
  const [a] = await put(template('nl'), template('nl', 'Generic'), template('nl', 'SignIn'));
  await door.done(204, 'DELETE', `/email-templates/${a!.id}`);
  await door.refused(...missing, 'DELETE', `/email-templates/${a!.id}`);
  await door.refused(...missing, 'GET', `/email-templates/${a!.id}`);
  await door.refused(422, 'connector.email_connector.bulk_deletion_no_filter', 'DELETE', '/email-templates');
  expect(await door.done(200, 'DELETE', '/email-templates?languageTag=nl')).toEqual({ rowCount: 2 });
  expect(await door.done(200, 'DELETE', '/email-templates?languageTag=nl')).toEqual({ rowCount: 0 });
});

test('PUT refuses none, and any that is out of its limits; all or nothing', async () => {
  const good = template('sv');
  const bad = [
    [],
    [good, template('')],
    [good, template('x'.repeat(17))],
    [good, template('sv', 'Spam')],
    [good, template('sv', 'Generic', { subject: '' })],
    [good, template('sv', 'Generic', { contentType: 'application/pdf' })],
    [good, { languageTag: 'sv', templateType: 'Generic' }],
  ];
  for (const templates of bad)
    await door.refused(400, 'guard.invalid_input', 'PUT', '/email-templates', { templates });
});

test.for([
  ['de', 'Subject de'],
  ['de-AT', 'Subject de'],
  ['DE', 'Subject de'],
  ['pt-BR', 'Subject pt-BR'],
  ['fi', 'Subject en'],
  [undefined, 'Subject en'],
] as const)(
  'a mail in %s is of the template of that language, else of the nearest, else of the fallback: %s',
  async ([locale, subject]) => {
    await door.done(200, 'DELETE', '/email-templates?templateType=OrganizationInvitation');
    await put(template('de'), template('en'), template('pt-BR'));
    const { id } = await door.organization();
    const invitation = await door.invitation(id, { messagePayload: { locale } });
    await door.drain();
    expect(door.mails.find((mail) => mail.to === invitation.invitee)!.subject).toBe(subject);
  },
);
