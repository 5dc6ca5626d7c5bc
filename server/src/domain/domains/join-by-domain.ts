/**
 * Just-in-time joining: whoever has proven a mailbox of a domain that an organization has, listed or proven, joins it with its default
 * roles. The whole domain must be equal. Nobody comes back this way who was taken out or left, and nobody who is
 * suspended (rule 11); where no seat is left the person stays outside until the next sign-in. Where the
 * organization's policy wants somebody to approve, the person may ask to join instead.
 */
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { takingSeats } from '../organizations/seats.ts';
import { Refusal } from '../refusal.ts';

/** Returns the organizations joined. */
export async function joinByDomain(act: Act, userId: string): Promise<string[]> {
  const open = await act.db.rows<{ id: string }>(sql`
    select d.organization_id as id
      from users u
      join email_domains d on d.tenant_id = u.tenant_id and d.domain = split_part(u.primary_email, '@', 2) and d.verified_at is not null
      join organizations o on o.tenant_id = d.tenant_id and o.id = d.organization_id
     where u.tenant_id = ${act.tenantId} and u.id = ${userId} and u.email_verified_at is not null and u.suspended_at is null
       and o.disabled_at is null
       and not exists (select from members m where m.tenant_id = o.tenant_id and m.organization_id = o.id and m.user_id = u.id)
       and not exists (select from departures p where p.tenant_id = o.tenant_id and p.organization_id = o.id and p.user_id = u.id)
       and policy_admits(o.tenant_id, o.id, u.primary_email) and not policy_holds(o.tenant_id, o.id, u.primary_email,
             array(select role_id from jit_roles j where j.tenant_id = o.tenant_id and j.organization_id = o.id))
     order by d.organization_id`);
  const joined: string[] = [];
  for (const { id } of open) {
    if (await join(act, id, userId)) joined.push(id);
  }
  return joined;
}

/** The conditions once more, in the statement that joins: they may have changed since they were looked at. */
async function join(act: Act, organizationId: string, userId: string): Promise<boolean> {
  try {
    const row = await takingSeats(act, organizationId, ({ db }) =>
      db.first(sql`
        with joined as (
          insert into members (tenant_id, organization_id, user_id, joined_at, came_by, role_ids)
          select u.tenant_id, d.organization_id, u.id, ${act.at}::bigint, 'domain',
                 array(select r.id from jit_roles j join organization_roles r on r.tenant_id = j.tenant_id and r.id = j.role_id
                        where j.tenant_id = o.tenant_id and j.organization_id = o.id for key share of r)
            from users u
            join email_domains d on d.tenant_id = u.tenant_id and d.domain = split_part(u.primary_email, '@', 2) and d.verified_at is not null
             and d.organization_id = ${organizationId}
            join organizations o on o.tenant_id = d.tenant_id and o.id = d.organization_id and o.disabled_at is null
           where u.tenant_id = ${act.tenantId} and u.id = ${userId} and u.email_verified_at is not null and u.suspended_at is null
             and not exists (select from departures p where p.tenant_id = o.tenant_id and p.organization_id = o.id and p.user_id = u.id)
             and policy_admits(o.tenant_id, o.id, u.primary_email) and not policy_holds(o.tenant_id, o.id, u.primary_email,
                   array(select role_id from jit_roles j where j.tenant_id = o.tenant_id and j.organization_id = o.id))
          on conflict do nothing returning *
        ), happened as (
          select organization_id, user_id as subject_id, jsonb_build_object('userIds', jsonb_build_array(user_id), 'path', 'domain') as data
            from joined
        ), ${recorded(act, 'membership.created')}
        select user_id from joined`),
    );
    return row !== undefined;
  } catch (error) {
    if (error instanceof Refusal && error.code === 'seats.full') return false;
    throw error;
  }
}
