/**
 * Domains that an organization says are its own. A claim admits nobody until the domain's DNS has the record that proves
 * it; from then on it is a domain like those that somebody with the authority to do so has listed.
 */
import type { Act } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import type { Keys } from '../keys.ts';
import { refuse } from '../refusal.ts';
import { domainRefused, mustExist } from './email-domains.ts';

export type KnownDomain = {
  readonly domain: string;
  readonly organizationId: string;
  readonly isClaimed: boolean;
  readonly createdAt: number;
  readonly verifiedAt: number | null;
};

const columns = sql`domain, organization_id as "organizationId", is_claimed as "isClaimed", created_at as "createdAt",
  verified_at as "verifiedAt"`;

/** Refuses: domain.exists, organization.not_found. */
export async function claimDomain(act: Act, organizationId: string, domain: string): Promise<KnownDomain> {
  const claimed = await act.db
    .first<KnownDomain>(sql`
      with added as (
        insert into email_domains (tenant_id, organization_id, domain, created_at, is_claimed)
        values (${act.tenantId}, ${organizationId}, ${domain}, ${act.at}, true) returning *
      ), happened as (
        select organization_id, organization_id as subject_id, jsonb_build_object('domains', jsonb_build_array(domain)) as data from added
      ), ${recorded(act, 'email_domain.claimed')}
      select ${columns} from added`)
    .catch((error: unknown) => domainRefused(error, organizationId, domain));
  return claimed!;
}

/** Where the record has to be, and what it has to say. */
export const proofOf = (keys: Pick<Keys, 'mac'>, tenantId: string, { organizationId, domain }: Claim) => ({
  name: `_usher-challenge.${domain}`,
  value: keys.mac('domain-claim', JSON.stringify([tenantId, organizationId, domain]))!.toString('base64url'),
});

type Claim = Pick<KnownDomain, 'organizationId' | 'domain'>;

/** `records`: what the DNS says at the name of the proof. Refuses: domain.not_found, domain.unproven. */
export async function verifyClaim(act: Act, claim: Claim, records: readonly string[]): Promise<void> {
  if (!records.includes(proofOf(act.keys, act.tenantId, claim).value)) refuse('domain.unproven');
  const found = await act.db.first(sql`
    with known as (
      select * from email_domains
       where tenant_id = ${act.tenantId} and organization_id = ${claim.organizationId} and domain = ${claim.domain}
    ), verified as (
      update email_domains d set verified_at = ${act.at} from known k
       where d.tenant_id = k.tenant_id and d.organization_id = k.organization_id and d.domain = k.domain and d.verified_at is null
      returning d.*
    ), happened as (
      select organization_id, organization_id as subject_id, jsonb_build_object('domains', jsonb_build_array(domain)) as data from verified
    ), ${recorded(act, 'email_domain.verified')}
    select domain from known`);
  if (!found) refuse('domain.not_found', { domain: claim.domain });
}

/** Listed and claimed, by name. Refuses: organization.not_found. */
export async function findKnownDomains(
  db: Queries,
  tenantId: string,
  organizationId: string,
): Promise<KnownDomain[]> {
  await mustExist(db, tenantId, organizationId);
  return db.rows<KnownDomain>(sql`
    select ${columns} from email_domains where tenant_id = ${tenantId} and organization_id = ${organizationId} order by domain`);
}
