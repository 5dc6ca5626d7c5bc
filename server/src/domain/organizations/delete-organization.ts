/**
 * The end of an organization, with its members, bots, rules and invitations; and of the people who came in only to be
 * members somewhere, where this was the last place.
 */
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { deleteWhoIsLeft, lockWhoMayLeave } from '../members/part.ts';
import { lockOrganization } from './organizations.ts';

/** Refuses: organization.not_found. */
export function deleteOrganization(act: Act, id: string): Promise<void> {
  return act.atomically(async (tx) => {
    await lockOrganization(tx, id);
    const people = await lockWhoMayLeave(tx, id);
    await tx.db.run(sql`
      with gone as (
        delete from organizations where tenant_id = ${act.tenantId} and id = ${id} returning id, name
      ), happened as (
        select id as organization_id, id as subject_id, jsonb_build_object('name', name) as data from gone
      ), ${recorded(act, 'organization.deleted')} select 1`);
    if (people.length > 0) await deleteWhoIsLeft(tx, people);
  });
}
