/** One page of invitations in an order that the caller chooses, and how many match in all. */
import { type Queries, type Statement, sql } from '../../db/db.ts';
import { type Page, within } from '../page.ts';
import { conditions, countInvitations, type InvitationFilter } from './find.ts';
import type { Invitation } from './invitation.ts';
import { invitationColumns } from './rows.ts';

const sortable = {
  createdAt: sql`i.created_at`,
  updatedAt: sql`i.updated_at`,
  expiresAt: sql`i.expires_at`,
  acceptedAt: sql`i.accepted_at`,
  email: sql`i.invitee`,
} satisfies Record<string, Statement>;

export type InvitationOrder = { readonly by: keyof typeof sortable; readonly isDescending: boolean };

export async function findInvitationPage(
  db: Queries,
  tenantId: string,
  filter: InvitationFilter,
  { by, isDescending }: InvitationOrder,
  page: Page,
  at: number,
): Promise<{ items: Invitation[]; total: number }> {
  const direction = isDescending ? sql`desc nulls last` : sql`asc nulls last`;
  const [items, total] = await Promise.all([
    db.rows<Invitation>(sql`
      select ${invitationColumns} from invitations i where ${conditions(tenantId, filter, at)}
       order by ${sortable[by]} ${direction}, i.id ${isDescending ? sql`desc` : sql`asc`} ${within(page)}`),
    countInvitations(db, tenantId, filter, at),
  ]);
  return { items, total };
}
