/** A claim lets nobody in until the DNS of the domain says that it is the organization's. */
import { beforeAll, expect, test } from 'vitest';
import { makeOrganization } from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import { claimDomain, findKnownDomains, proofOf, verifyClaim } from './claims.ts';
import { addEmailDomain, findEmailDomains } from './email-domains.ts';
import { joinByDomain } from './join-by-domain.ts';

let t: TestApp;
let organizationId: string;
const management = { kind: 'management', id: 'test' } as const;
const domain = 'claimed.example';

beforeAll(async () => {
  t = await testApp();
  organizationId = await makeOrganization(t);
  return () => t.close();
});

async function somebodyThere(name: string): Promise<string> {
  const { body } = await t.api('POST', '/users', { primaryEmail: `${name}@${domain}` });
  await t.sql('update users set email_verified_at = created_at where id = $1', [body.id]);
  return body.id;
}

test('a claimed domain is known, lets nobody in, and is none of those that do', async () => {
  const { act, db } = t.app;
  const claim = await act(management, (a) => claimDomain(a, organizationId, domain));
  expect(claim).toMatchObject({ domain, isClaimed: true, verifiedAt: null });
  const userId = await somebodyThere('early');
  expect(await act(management, (a) => joinByDomain(a, userId))).toEqual([]);
  expect((await findEmailDomains(db, 'default', organizationId, undefined)).items).toEqual([]);
  await expect(act(management, (a) => addEmailDomain(a, organizationId, domain))).rejects.toMatchObject({
    code: 'domain.exists',
  });
});

test('only the record made for this organization and domain proves it; then people of the domain join', async () => {
  const { act, db } = t.app;
  const claim = { organizationId, domain };
  const keysOf = await act(management, async ({ keys }) => keys);
  const other = proofOf(keysOf, 'default', { organizationId: await makeOrganization(t), domain });
  for (const records of [[], ['v=spf1 -all'], [other.value], [`${proofOf(keysOf, 'default', claim).value}x`]])
    await expect(act(management, (a) => verifyClaim(a, claim, records))).rejects.toMatchObject({
      code: 'domain.unproven',
    });
  const { name, value } = proofOf(keysOf, 'default', claim);
  expect(name).toBe(`_usher-challenge.${domain}`);
  await act(management, (a) => verifyClaim(a, claim, ['v=spf1 -all', value]));
  const [verified] = await findKnownDomains(db, 'default', organizationId);
  expect(verified).toMatchObject({ isClaimed: true, verifiedAt: expect.any(Number) });
  const userId = await somebodyThere('late');
  expect(await act(management, (a) => joinByDomain(a, userId))).toEqual([organizationId]);
});
