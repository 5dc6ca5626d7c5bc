/**
 * The mail with a code and a link that prove a mailbox. Whether there is anybody to send it to is looked at here, when
 * it leaves: whoever asked for it gets the same answer for every address.
 */
import { codeOf } from '../../domain/proofs/code.ts';
import { signProofLink } from '../../domain/proofs/link.ts';
import type { Leased } from '../lease.ts';
import type { MailToCompose } from './compose.ts';
import type { Means } from './deliver.ts';

export function whyNotProve({ proof, account }: Leased, now: number): string | undefined {
  if (!proof) return 'The proof was deleted';
  if (proof.usedAt !== null) return 'The code or link was used';
  if (proof.expiresAt <= now) return 'The code has expired';
  if (proof.isSuperseded) return 'A newer code was asked for';
  if (account && account.suspendedAt !== null) return 'The person is suspended';
  if (!account && proof.purpose === 'sign-in' && !proof.maySignUp) return 'There is no account';
  return undefined;
}

type Said = Pick<MailToCompose, 'payload' | 'context'> & { secrets: string[] };

/** What the mail says, and its secrets. */
export function proofMail(delivery: Leased, { keys, publicUrl }: Means): Said {
  const { tenantId, payload, proof, organization, application, tenant } = delivery;
  const { id, keyId, purpose } = proof!;
  const code = codeOf(keys, tenantId, id, keyId);
  if (!code) throw new Error('its secret key is not configured any more');
  if (purpose === 'application') return applicationMail(delivery, code, signProofLink(keys, tenantId, id));
  // Where an invitation or a registration is open elsewhere, a code brings its reader back there; a link would not.
  const isCodeOnly = purpose === 'invitation' || purpose === 'registration';
  const token = isCodeOnly ? undefined : signProofLink(keys, tenantId, id);
  return {
    payload: { locale: payload?.locale, code },
    context: {
      purpose,
      organization: organization && {
        id: organization.id,
        name: organization.name,
        branding: organization.branding,
        color: organization.color,
      },
      brand: organization ?? { ...tenant, name: tenant.name ?? application?.name ?? '' },
      application,
      link: token === undefined ? '' : `${publicUrl}/sign-in/link/${token}`,
    },
    secrets: token === undefined ? [code] : [code, token],
  };
}

/** An application asked: it says what the mail carries, where the link leads, and what its templates are to show. */
function applicationMail({ payload, proof, tenant }: Leased, code: string, token: string): Said {
  const { carried, linkTo, expiresAt } = proof!;
  const link = carried === 'code' || linkTo === null ? '' : withToken(linkTo, token);
  return {
    payload: { ...payload, code: carried === 'link' ? undefined : code },
    context: { brand: { ...tenant, name: tenant.name ?? '' }, link, expiresAt },
    secrets: [code, token],
  };
}

function withToken(address: string, token: string): string {
  const url = new URL(address);
  url.searchParams.set('link_token', token);
  return url.href;
}
