/**
 * E-mail domains of an organization. Allowed ones are vouched for by whoever lists them: who has proven a mailbox there
 * joins. Those of the organization itself are claims until their DNS proves them.
 */
import { Resolver } from 'node:dns/promises';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import { normalDomain } from '../../domain/address.ts';
import {
  claimDomain,
  findKnownDomains,
  type KnownDomain,
  proofOf,
  verifyClaim,
} from '../../domain/domains/claims.ts';
import { addEmailDomain, removeEmailDomain } from '../../domain/domains/email-domains.ts';
import { isPublicDomain } from '../../domain/domains/public-domains.ts';
import { refuse } from '../../domain/refusal.ts';
import { callOf } from './calls.ts';
import {
  type DomainSchema,
  type DomainService,
  DomainType,
  VerificationMethod,
  VerificationStatus,
} from './descriptors.ts';
import type { ScalekitDoor } from './door.ts';
import { invalid, notFound, unsupported } from './errors.ts';
import { environmentName, publicNumber } from './ids.ts';
import { type Identity, organizationIdOf } from './organizations/identity.ts';
import { timestampOf } from './times.ts';

export const domains = (door: ScalekitDoor): Partial<ServiceImpl<typeof DomainService>> => ({
  async createDomain({ identities, domain: asked }, context) {
    const name = domainIn(asked?.domain ?? '');
    const organizationId = await organizationIdOf(door, identities);
    const made = await callOf(context).act(async (act): Promise<KnownDomain> => {
      if (asked!.domainType !== DomainType.ALLOWED_EMAIL_DOMAIN)
        return claimDomain(act, organizationId, name);
      await addEmailDomain(act, organizationId, name);
      return { domain: name, organizationId, isClaimed: false, createdAt: act.at, verifiedAt: act.at };
    });
    return { domain: domainView(door, made) };
  },

  async getDomain({ identities, id }) {
    return { domain: domainView(door, await found(door, identities, id)) };
  },

  async listDomains({ identities, domainType, pageSize, pageNumber }) {
    const organizationId = await organizationIdOf(door, identities);
    const all = await findKnownDomains(door.db, door.tenantId, organizationId);
    const listed = all.filter((domain) => !domainType || typeOf(domain) === domainType);
    const size = pageSize || listed.length;
    const number = pageNumber || 1;
    if (size < 0 || number < 0) throw invalid(size < 0 ? 'page_size' : 'page_number', 'must not be negative');
    const page = listed.slice((number - 1) * size, number * size);
    return { pageSize: size, pageNumber: number, domains: page.map((domain) => domainView(door, domain)) };
  },

  async deleteDomain({ identities, id }, context) {
    const { domain, organizationId } = await found(door, identities, id);
    await callOf(context).act((act) => removeEmailDomain(act, organizationId, domain));
    return {};
  },

  async verifyDomain({ identities, id }, context) {
    const claim = await found(door, identities, id);
    if (claim.verifiedAt !== null) return { verified: true };
    const records = await recordsAt(proofOf(door.keys, door.tenantId, claim).name);
    await callOf(context).act((act) => verifyClaim(act, claim, records));
    return { verified: true };
  },

  updateDomain() {
    throw unsupported('A domain has nothing that could be changed: delete it and create another.');
  },
});

/** In its ASCII spelling. Refuses INVALID_ARGUMENT, domain.public. */
function domainIn(text: string): string {
  const domain = normalDomain(text.trim());
  if (!domain || domain.length > 128) throw invalid('domain.domain', 'must be a domain name');
  return isPublicDomain(domain) ? refuse('domain.public') : domain;
}

async function found(door: ScalekitDoor, identity: Identity, name: string): Promise<KnownDomain> {
  const organizationId = await organizationIdOf(door, identity);
  const all = await findKnownDomains(door.db, door.tenantId, organizationId);
  const domain = all.find((known) => nameOf(known) === name);
  if (!domain) throw notFound('domain');
  return domain;
}

const nameOf = ({ organizationId, domain }: KnownDomain): string =>
  `dom_${publicNumber(`${organizationId} ${domain}`)}`;

const typeOf = ({ isClaimed }: KnownDomain): DomainType =>
  isClaimed ? DomainType.ORGANIZATION_DOMAIN : DomainType.ALLOWED_EMAIL_DOMAIN;

function domainView(door: ScalekitDoor, domain: KnownDomain): MessageInitShape<typeof DomainSchema> {
  const proof = proofOf(door.keys, door.tenantId, domain);
  return {
    id: nameOf(domain),
    domain: domain.domain,
    environmentId: environmentName(door.tenantId),
    organizationId: door.ids.organizationName(domain.organizationId),
    createTime: timestampOf(domain.createdAt),
    updateTime: timestampOf(domain.verifiedAt ?? domain.createdAt),
    domainType: typeOf(domain),
    ...(domain.isClaimed
      ? {
          txtRecordKey: proof.name,
          txtRecordSecret: proof.value,
          verificationMethod: VerificationMethod.DNS,
          verificationStatus:
            domain.verifiedAt === null ? VerificationStatus.PENDING : VerificationStatus.VERIFIED,
        }
      : {
          verificationMethod: VerificationMethod.NOT_APPLICABLE,
          verificationStatus: VerificationStatus.AUTO_VERIFIED,
        }),
  };
}

const resolver = new Resolver({ timeout: 2000, tries: 2 });

/** What the DNS says there; nothing where it cannot be asked. */
const recordsAt = async (name: string): Promise<string[]> =>
  resolver.resolveTxt(name).then(
    (records) => records.map((parts) => parts.join('')),
    () => [],
  );
