/** Members and pending invitations of an organization in one list, which Grant's clients show as one table. */
import { type Queries, type Statement, sql } from '../../db/db.ts';
import type { Invitation } from '../../domain/invitations/invitation.ts';
import { invitationColumns, isOpen } from '../../domain/invitations/rows.ts';
import { matching, type Page, paged } from '../../domain/page.ts';
import { loadTemplate, type Template } from '../../domain/roles/template.ts';
import { type Person, personJson } from './caller.ts';
import { highestRole, iso, presentInvitation, presentUser } from './vocabulary.ts';

export const memberStatuses = ['active', 'suspended', 'expired', 'pending'] as const;
type MemberStatus = (typeof memberStatuses)[number];

const sortable: Readonly<Record<string, Statement>> = {
  name: sql`lower(coalesce(name, email))`,
  email: sql`email`,
  type: sql`type`,
  status: sql`status`,
  createdAt: sql`"createdAt"`,
};
export const memberSortFields = Object.keys(sortable);

export type MemberFilter = {
  readonly organizationId: string;
  readonly userId?: string | undefined;
  readonly text?: string | undefined;
  readonly status?: MemberStatus | undefined;
};
export type MemberOrder = { readonly by: string; readonly isDescending: boolean };

type Row = {
  id: string;
  name: string | null;
  email: string | null;
  type: 'member' | 'invitation';
  status: MemberStatus;
  createdAt: number;
  roleIds: string[];
  person: Person | null;
};

export async function findMemberPage(
  db: Queries,
  tenantId: string,
  filter: MemberFilter,
  { by, isDescending }: MemberOrder,
  page: Page,
  at: number,
) {
  const direction = isDescending ? sql`desc nulls last` : sql`asc nulls last`;
  const { items, total } = await paged<Row>(
    db,
    page,
    (limits) => sql`
      select *, count(*) over () as total from (${entries(tenantId, filter, at)}) e
       where ${matching(filter.text, sql`name`, sql`email`)}
         and (${filter.status ?? null}::text is null or status = ${filter.status ?? null})
       order by ${sortable[by] ?? sortable.createdAt!} ${direction}, id ${isDescending ? sql`desc` : sql`asc`} ${limits}`,
  );
  const invitations = await invitationsOf(db, tenantId, items);
  const template = await loadTemplate(db, tenantId);
  return { items: items.map((row) => presented(row, template, invitations, at)), total };
}

const entries = (tenantId: string, { organizationId, userId }: MemberFilter, at: number): Statement => sql`
  select m.user_id as id, u.name, u.primary_email as email, 'member' as type,
         case when m.suspended_at is not null or u.suspended_at is not null then 'suspended'
              when m.expires_at <= ${at} then 'expired' else 'active' end as status, m.joined_at as "createdAt",
         m.role_ids as "roleIds", ${personJson} as person
    from members m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id
   where m.tenant_id = ${tenantId} and m.organization_id = ${organizationId}
     and (${userId ?? null}::text is null or m.user_id = ${userId ?? null})
  union all
  select i.id, null, i.invitee, 'invitation', 'pending', i.created_at, i.role_ids, null
    from invitations i where i.tenant_id = ${tenantId} and i.organization_id = ${organizationId} and ${isOpen}
     and i.expires_at > ${at} and ${userId ?? null}::text is null`;

async function invitationsOf(db: Queries, tenantId: string, rows: readonly Row[]) {
  const ids = rows.filter(({ type }) => type === 'invitation').map(({ id }) => id);
  if (ids.length === 0) return new Map<string, Invitation>();
  const found = await db.rows<Invitation>(sql`
    select ${invitationColumns} from invitations i where i.tenant_id = ${tenantId} and i.id = any(${ids}::text[])`);
  return new Map(found.map((invitation) => [invitation.id, invitation]));
}

function presented(
  { id, name, email, type, status, createdAt, roleIds, person }: Row,
  template: Template,
  invitations: ReadonlyMap<string, Invitation>,
  at: number,
) {
  const invitation = invitations.get(id);
  return {
    id,
    name: name ?? email,
    email,
    type,
    role: highestRole(template, roleIds),
    user: person && presentUser(person),
    invitation: invitation ? presentInvitation(invitation, at) : null,
    status,
    createdAt: iso(createdAt),
  };
}
