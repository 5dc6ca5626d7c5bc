/** Every method of the client for domains: what is listed admits, what is claimed does not until it is proven. */
import {
  ScalekitBadRequestException,
  ScalekitConflictException,
  ScalekitNotFoundException,
} from '@scalekit-sdk/node';
import { beforeAll, expect, test } from 'vitest';
import { openDoor, unique } from '../../src/doors/scalekit/fixture.ts';

const door = openDoor();
const ALLOWED_EMAIL_DOMAIN = 1;
const ORGANIZATION_DOMAIN = 2;
let organizationId: string;

beforeAll(async () => {
  organizationId = await newOrganization();
});

async function newOrganization(): Promise<string> {
  const { organization } = await door.client.organization.createOrganization(unique('Acme'));
  return organization!.id;
}

const newDomain = () => `${unique('acme')}.example`;

test('an allowed e-mail domain is verified by whoever lists it, and those of the organization are its claims', async () => {
  const { domain: domains } = door.client;
  const name = newDomain();
  const { domain: allowed } = await domains.createDomain(organizationId, name.toUpperCase(), {
    domainType: 'ALLOWED_EMAIL_DOMAIN',
  });
  expect(allowed).toMatchObject({
    id: expect.stringMatching(/^dom_\d{19}$/),
    domain: name,
    organizationId,
    domainType: ALLOWED_EMAIL_DOMAIN,
    verificationStatus: 4,
    environmentId: expect.stringMatching(/^env_\d+$/),
  });
  expect((await domains.getDomain(organizationId, allowed!.id)).domain).toEqual(allowed);
  const { domain: claimed } = await domains.createDomain(organizationId, newDomain());
  expect(claimed).toMatchObject({
    domainType: ORGANIZATION_DOMAIN,
    verificationStatus: 1,
    txtRecordKey: `_usher-challenge.${claimed!.domain}`,
    txtRecordSecret: expect.stringMatching(/^[\w-]{43}$/),
  });
});

test('whoever has proven a mailbox of an allowed domain joins; a claim that nobody proved lets nobody in', async () => {
  const { domain: domains } = door.client;
  const [listed, claimed] = [newDomain(), newDomain()];
  await domains.createDomain(organizationId, listed, { domainType: 'ALLOWED_EMAIL_DOMAIN' });
  await domains.createDomain(organizationId, claimed, { domainType: 'ORGANIZATION_DOMAIN' });
  const [{ id: ours }] = await door.sql('select id from organizations where public_number(id) = $1', [
    organizationId.slice(4),
  ]);
  const { body: listedDomains } = await door.api('GET', `/organizations/${ours}/jit/email-domains`);
  const names = listedDomains.map(({ emailDomain }: { emailDomain: string }) => emailDomain);
  expect(names).toContain(listed);
  expect(names).not.toContain(claimed);
});

test('lists are filtered by type', async () => {
  const { domain: domains } = door.client;
  const id = await newOrganization();
  const [a, b] = [newDomain(), newDomain()];
  await domains.createDomain(id, a, { domainType: 'ALLOWED_EMAIL_DOMAIN' });
  await domains.createDomain(id, b, { domainType: 'ORGANIZATION_DOMAIN' });
  const namesOf = async (options?: { domainType?: 'ALLOWED_EMAIL_DOMAIN' | 'ORGANIZATION_DOMAIN' }) =>
    (await domains.listDomains(id, options as never)).domains.map(({ domain }) => domain);
  expect((await namesOf()).sort()).toEqual([a, b].sort());
  expect(await namesOf({ domainType: 'ALLOWED_EMAIL_DOMAIN' })).toEqual([a]);
  expect(await namesOf({ domainType: 'ORGANIZATION_DOMAIN' })).toEqual([b]);
});

test('a domain is deleted once, and only where it is', async () => {
  const { domain: domains } = door.client;
  const other = await newOrganization();
  const { domain } = await domains.createDomain(organizationId, newDomain());
  await expect(domains.getDomain(other, domain!.id)).rejects.toBeInstanceOf(ScalekitNotFoundException);
  await expect(domains.deleteDomain(other, domain!.id)).rejects.toBeInstanceOf(ScalekitNotFoundException);
  await domains.deleteDomain(organizationId, domain!.id);
  await expect(domains.deleteDomain(organizationId, domain!.id)).rejects.toBeInstanceOf(
    ScalekitNotFoundException,
  );
  await expect(domains.getDomain(organizationId, domain!.id)).rejects.toBeInstanceOf(
    ScalekitNotFoundException,
  );
});

test('no public domain, none without a dot, none twice, none of an organization that is not there', async () => {
  const { domain: domains } = door.client;
  for (const name of ['gmail.com', 'GMAIL.com', 'mailinator.com', 'nodots', 'a b.example', ''])
    await expect(domains.createDomain(organizationId, name), name).rejects.toBeInstanceOf(
      ScalekitBadRequestException,
    );
  const name = newDomain();
  await domains.createDomain(organizationId, name);
  await expect(domains.createDomain(organizationId, name)).rejects.toBeInstanceOf(ScalekitConflictException);
  const nobody = `org_${'2'.repeat(19)}`;
  await expect(domains.createDomain(nobody, newDomain())).rejects.toBeInstanceOf(ScalekitNotFoundException);
  await expect(domains.listDomains(nobody)).rejects.toBeInstanceOf(ScalekitNotFoundException);
  await expect(domains.getDomain(nobody, 'dom_1')).rejects.toBeInstanceOf(ScalekitNotFoundException);
});
