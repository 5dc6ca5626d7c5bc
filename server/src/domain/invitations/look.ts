/**
 * What the holder of a link may see of its invitation, and whether it can still be answered. A token that this server
 * did not sign is refused without asking the database (rule 14). Looking changes nothing (rule 15).
 *
 * The endings come before the generation: who holds an old link of an invitation that was accepted meanwhile is told
 * that, and not to look for a newer mail. An ended or replaced link shows less than a live one.
 */
import { type Queries, sql } from '../../db/db.ts';
import type { Keys } from '../keys.ts';
import { readLink } from '../link.ts';
import { namedRoles, templateOf } from '../roles/template.ts';
import { statusAt } from './invitation.ts';
import { type InvitationRow, invitationColumns, templateVersion } from './rows.ts';

/** As people chose them: not yet safe for a page or mail. */
export type Host = {
  readonly name: string;
  readonly logoUrl: string | undefined;
  readonly darkLogoUrl: string | undefined;
};
export type Inviter = { readonly name: string | null; readonly address: string | null };

export type Look =
  /** Not signed here. */
  | { readonly state: 'forged' }
  /** Genuine, but the invitation or its organization is there no more. */
  | { readonly state: 'gone' }
  | {
      readonly state: 'pending';
      readonly host: Host;
      readonly inviter: Inviter | undefined;
      readonly invitee: string;
      readonly roles: readonly string[];
      readonly expiresAt: number;
    }
  /** A newer link was given out in its place. */
  | { readonly state: 'superseded'; readonly host: Host }
  | { readonly state: 'disabled'; readonly host: Host }
  | {
      readonly state: 'expired' | 'revoked' | 'accepted' | 'rejected';
      readonly host: Host;
      readonly inviter: Inviter | undefined;
      readonly endedAt: number;
    };

type Row = InvitationRow & {
  readonly organizationName: string;
  readonly branding: { logoUrl?: unknown; darkLogoUrl?: unknown };
  readonly disabledAt: number | null;
  readonly inviterName: string | null;
  readonly inviterAddress: string | null;
  readonly hasInviter: boolean;
};

export async function look(
  db: Queries,
  keys: Keys,
  tenantId: string,
  token: string,
  at: number,
): Promise<Look> {
  const link = readLink(keys, tenantId, token);
  if (!link) return { state: 'forged' };
  const row = await db.first<Row>(sql`
    select ${invitationColumns}, ${templateVersion(tenantId)}, o.name as "organizationName", o.branding,
           o.disabled_at as "disabledAt", u.name as "inviterName", u.primary_email as "inviterAddress",
           u.id is not null as "hasInviter"
      from invitations i
      join organizations o on o.tenant_id = i.tenant_id and o.id = i.organization_id
      left join users u on u.tenant_id = i.tenant_id and u.id = i.inviter_id
     where i.tenant_id = ${tenantId} and i.id = ${link.invitationId}`);
  if (!row) return { state: 'gone' };
  const host = hostOf(row);
  const inviter = row.hasInviter ? { name: row.inviterName, address: row.inviterAddress } : undefined;
  const ended = endingOf(row, at);
  if (ended) return { ...ended, host, inviter };
  if (link.generation !== row.generation) return { state: 'superseded', host };
  if (row.disabledAt !== null) return { state: 'disabled', host };
  const template = await templateOf(db, tenantId, row.version);
  return {
    state: 'pending',
    host,
    inviter,
    invitee: row.invitee,
    roles: namedRoles(template, row.roleIds).map(({ name }) => name),
    expiresAt: row.expiresAt,
  };
}

function endingOf(row: Row, at: number) {
  switch (statusAt(row, at)) {
    case 'Accepted':
      return { state: 'accepted', endedAt: row.acceptedAt! } as const;
    case 'Rejected':
      return { state: 'rejected', endedAt: row.rejectedAt! } as const;
    case 'Revoked':
      return { state: 'revoked', endedAt: row.revokedAt! } as const;
    case 'Expired':
      return { state: 'expired', endedAt: Math.min(row.expiresAt, row.lapsedAt ?? row.expiresAt) } as const;
    case 'Pending':
      return undefined;
  }
}

function hostOf({ organizationName, branding }: Row): Host {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  return { name: organizationName, logoUrl: text(branding.logoUrl), darkLogoUrl: text(branding.darkLogoUrl) };
}
