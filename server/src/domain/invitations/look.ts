/**
 * What somebody may see of an invitation and do with it: the page shows it, and answering is judged by the same
 * function. Looking changes nothing (rule 15).
 *
 * Seen by whoever holds a genuine link of it, and by whoever is signed in with the invited address, verified. Everybody
 * else gets the same nothing for every id (rule 14). What concerns the account of the invited address (whether there is
 * one, a member, suspended) is told only to who has proven the mailbox: by a link that came by mail, or a code.
 *
 * The endings come before the generation: who holds an old link of an invitation that was accepted meanwhile is told
 * that, and not to look for a newer mail.
 */
import type { Queries } from '../../db/db.ts';
import type { Link } from '../link.ts';
import { namedRoles, templateOf } from '../roles/template.ts';
import { isBacked } from './authority.ts';
import { statusAt } from './invitation.ts';
import { type LookRow, lookRow } from './look-row.ts';

export type Visitor = {
  /** A genuine link of this invitation that the browser holds. */
  readonly link: Link | undefined;
  /** The mailbox was proven in this browser by a code, with this link. */
  readonly hasProof: boolean;
  readonly session: { readonly userId: string; readonly methods: readonly string[] } | undefined;
};

/** As people chose them: not yet safe for a page or mail. */
export type Host = {
  readonly name: string;
  readonly logoUrl: string | undefined;
  readonly darkLogoUrl: string | undefined;
  readonly color: { readonly primaryColor?: unknown; readonly darkPrimaryColor?: unknown };
};
/** What the tenant is called and looks like, and its language for those who ask for none that there is. */
export type Tenant = {
  readonly name: string | null;
  readonly branding: { readonly logoUrl?: unknown; readonly darkLogoUrl?: unknown };
  readonly color: Host['color'];
  readonly fallbackLanguage: string;
};
export type Somebody = { readonly name: string | null; readonly address: string | null };

type Known = {
  readonly organizationId: string;
  readonly invitee: string;
  readonly host: Host;
  readonly inviter: Somebody | undefined;
};

export type Offer = Known & {
  readonly state: 'open';
  readonly roles: readonly string[];
  readonly expiresAt: number;
  /** What stands between this visitor and accepting. */
  readonly needs: 'code' | 'passkey' | 'other account' | undefined;
  /** Who is signed in here. */
  readonly person: Somebody | undefined;
  /** The person's own address, when it is verified and not the invited one. */
  readonly otherAddress: string | undefined;
  readonly hasAsked: boolean;
  /** Of the invited address, told to who has proven it: whether an account is to be made, or is a member already. */
  readonly isNew: boolean;
  readonly isMember: boolean;
  /** Which application the person is to go on to; known as the one that brought a new account. */
  readonly applicationId: string | undefined;
  /** The account that accepts; where there is none yet it is made. */
  readonly accountId: string | undefined;
  /** The account has this very session. */
  readonly isSignedIn: boolean;
  /** The organization asks for a second factor, and the account has none. */
  readonly lacksPasskey: boolean;
  /** The link, or a code, proves the mailbox here and now. */
  readonly provesMailbox: boolean;
};

export type Look =
  /** Nothing that this visitor may know of. */
  | { readonly state: 'unknown' }
  /** A genuine link, but the invitation or its organization is there no more. */
  | { readonly state: 'gone' }
  | Offer
  /** A newer link was given out in its place. */
  | ({ readonly state: 'superseded' | 'disabled' | 'waiting' | 'suspended' } & Known)
  | ({ readonly state: 'revoked' | 'rejected'; readonly endedAt: number } & Known)
  | ({ readonly state: 'expired'; readonly endedAt: number; readonly hasAsked: boolean } & Known)
  /** `isYours`: by who is signed in here; `lacksPasskey`: the organization asks for one, and there is none. */
  | ({
      readonly state: 'accepted';
      readonly endedAt: number;
      readonly isYours: boolean;
      readonly lacksPasskey: boolean;
    } & Known);

const askAgainAfterMs = 86_400_000;

/** What is seen, and of whose house it is. */
export async function look(
  db: Queries,
  tenantId: string,
  id: string,
  visitor: Visitor,
  at: number,
): Promise<{ look: Look; tenant: Tenant }> {
  const row = await lookRow(db, tenantId, id, visitor.session?.userId, at);
  return {
    look: row.id === null ? nothing(visitor) : await seen(db, row as LookRow, visitor, at),
    tenant: row.tenant,
  };
}

const nothing = ({ link }: Visitor): Look => ({ state: link ? 'gone' : 'unknown' });

async function seen(db: Queries, row: LookRow, visitor: Visitor, at: number): Promise<Look> {
  const isInvitee = row.personAddress === row.invitee && row.personVerifiedAt !== null;
  if (!visitor.link && !isInvitee) return { state: 'unknown' };
  const known = knownOf(row);
  const ended = endingOf(row, visitor, at);
  if (ended) return { ...ended, ...known };
  const isNewest = visitor.link?.generation === row.generation;
  if (!isNewest && !isInvitee) return { state: 'superseded', ...known };
  if (row.disabledAt !== null) return { state: 'disabled', ...known };
  const provesMailbox = isNewest && (visitor.link?.channel === 'mail' || visitor.hasProof);
  const hasProven = isInvitee || provesMailbox;
  const isOther = row.personId !== null && row.personAddress !== row.invitee;
  if (hasProven && !isOther && (row.accountSuspendedAt !== null || row.memberSuspendedAt !== null))
    return { state: 'suspended', ...known };
  if (row.awaitsApproval || !(await isBacked(db, row.tenantId, row, at)))
    return { state: 'waiting', ...known };
  const template = await templateOf(db, row.tenantId, row.version);
  return {
    state: 'open',
    ...known,
    roles: namedRoles(template, row.roleIds).map(({ name }) => name),
    expiresAt: row.expiresAt,
    needs: isOther ? 'other account' : hasProven ? passkeyFirst(row, visitor) : 'code',
    person: row.personId === null ? undefined : { name: row.personName, address: row.personAddress },
    otherAddress: isOther && row.personVerifiedAt !== null ? (row.personAddress ?? undefined) : undefined,
    hasAsked: hasAsked(row, at),
    isNew: hasProven && row.accountId === null,
    isMember: hasProven && row.isMember,
    applicationId: row.applicationId ?? undefined,
    accountId: row.accountId ?? undefined,
    isSignedIn: row.accountId !== null && row.accountId === row.personId,
    lacksPasskey: row.isMfaRequired && !row.hasPasskey,
    provesMailbox,
  };
}

/** Where the organization asks for a second factor, who has a passkey signs in with it before joining. */
function passkeyFirst(row: LookRow, { session }: Visitor): 'passkey' | undefined {
  if (!row.isMfaRequired || !row.hasPasskey) return undefined;
  const usedIt = row.accountId === row.personId && session!.methods.includes('hwk');
  return usedIt ? undefined : 'passkey';
}

const hasAsked = ({ askedAt }: LookRow, at: number) => askedAt !== null && askedAt > at - askAgainAfterMs;

function endingOf(row: LookRow, { session }: Visitor, at: number) {
  switch (statusAt(row, at)) {
    case 'Accepted': {
      const isYours = session !== undefined && row.acceptedUserId === session.userId;
      const lacksPasskey = isYours && row.isMfaRequired && !row.hasPasskey;
      return { state: 'accepted', endedAt: row.acceptedAt!, isYours, lacksPasskey } as const;
    }
    case 'Rejected':
      return { state: 'rejected', endedAt: row.rejectedAt! } as const;
    case 'Revoked':
      return { state: 'revoked', endedAt: row.revokedAt! } as const;
    case 'Expired': {
      const endedAt = Math.min(row.expiresAt, row.lapsedAt ?? row.expiresAt);
      return { state: 'expired', endedAt, hasAsked: hasAsked(row, at) } as const;
    }
    case 'Pending':
      return undefined;
  }
}

function knownOf(row: LookRow): Known {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  return {
    organizationId: row.organizationId,
    invitee: row.invitee,
    host: {
      name: row.organizationName,
      logoUrl: text(row.branding.logoUrl),
      darkLogoUrl: text(row.branding.darkLogoUrl),
      color: row.color,
    },
    inviter: row.hasInviter ? { name: row.inviterName, address: row.inviterAddress } : undefined,
  };
}
