/**
 * Deletes a role that nobody may lose unasked: it is refused while somebody holds it, was offered it, or is to get it by
 * joining; unless another role takes its place, everywhere and in the same transaction. Deleting a role regardless of
 * who holds it is `deleteRole`.
 *
 * The role is locked first: who is being given it either has it when it is looked for, or finds that it is gone.
 */
import type { Act, TxAct } from '../../act.ts';
import { type Statement, sql } from '../../db/db.ts';
import { refuse } from '../refusal.ts';
import { deleteRole, isPromised } from './roles.ts';

type Held = { readonly type: string; readonly organizationId: string | null };

/**
 * The successor can be held wherever the role could, by the same kind of holder. Refuses: role.not_found (either of
 * them), role.in_use, role.replaces_itself, role.wrong_type.
 */
export function retireRole(
  act: Act,
  id: string,
  successorId: string | undefined,
  organizationId: string | null = null,
): Promise<void> {
  return act.atomically(async (tx) => {
    const role = await lock(tx, id, organizationId);
    if (successorId !== undefined) {
      if (successorId === id) refuse('role.replaces_itself', { id });
      const successor = await lock(tx, successorId, organizationId, 'or the tenant’s');
      if (successor.type !== role.type) refuse('role.wrong_type', { id: successorId });
      await replace(tx, id, successorId);
    } else if (await isPromised(tx.db, tx, id)) refuse('role.in_use', { id });
    await deleteRole(tx, id, organizationId, successorId);
  });
}

async function lock(
  { db, tenantId }: TxAct,
  id: string,
  organizationId: string | null,
  alsoTenants?: 'or the tenant’s',
): Promise<Held> {
  const role = await db.first<Held>(sql`
    select type, organization_id as "organizationId" from organization_roles
     where tenant_id = ${tenantId} and id = ${id}
       and (organization_id is not distinct from ${organizationId} or ${alsoTenants !== undefined}::boolean and organization_id is null)
     for update`);
  return role ?? refuse('role.not_found', { id });
}

/** What is over keeps the name of what it gave: it is history. */
async function replace({ db, tenantId, at }: TxAct, id: string, successorId: string): Promise<void> {
  await db.run(sql`
    insert into jit_roles (tenant_id, organization_id, role_id)
    select tenant_id, organization_id, ${successorId} from jit_roles where tenant_id = ${tenantId} and role_id = ${id}
    on conflict do nothing`);
  await db.run(sql`
    insert into organization_policy_roles (tenant_id, organization_id, role_id, by_role_ids)
    select tenant_id, organization_id, ${successorId}, by_role_ids from organization_policy_roles
     where tenant_id = ${tenantId} and role_id = ${id} on conflict do nothing`);
  const instead = (column: Statement) =>
    sql`array(select distinct unnest(array_replace(${column}, ${id}, ${successorId})))`;
  await db.run(sql`
    update organization_policy_roles set by_role_ids = ${instead(sql`by_role_ids`)}
     where tenant_id = ${tenantId} and ${id} = any(by_role_ids)`);
  await db.run(sql`
    update organization_policies set approval_role_ids = ${instead(sql`approval_role_ids`)}
     where tenant_id = ${tenantId} and ${id} = any(approval_role_ids)`);
  const roles = sql`role_ids = ${instead(sql`role_ids`)}`;
  await db.run(sql`
    update invitations set ${roles} where tenant_id = ${tenantId} and ${id} = any(role_ids)
       and accepted_at is null and rejected_at is null and revoked_at is null and lapsed_at is null`);
  await db.run(sql`
    update join_links set ${roles}, updated_at = ${at} where tenant_id = ${tenantId} and ${id} = any(role_ids)`);
  await db.run(sql`
    update join_requests set ${roles} where tenant_id = ${tenantId} and ${id} = any(role_ids)
       and approved_at is null and declined_at is null and withdrawn_at is null`);
  // After the offers: who accepts one at this moment has either joined before and is found here, or gets the successor.
  for (const table of [sql`members`, sql`bots`])
    await db.run(sql`update ${table} set ${roles} where tenant_id = ${tenantId} and ${id} = any(role_ids)`);
  await db.run(sql`
    update organizations set default_member_role_id = ${successorId} where tenant_id = ${tenantId} and default_member_role_id = ${id}`);
  await db.run(sql`
    update tenants set default_member_role_id = case when default_member_role_id = ${id} then ${successorId} else default_member_role_id end,
           default_creator_role_id = case when default_creator_role_id = ${id} then ${successorId} else default_creator_role_id end
     where id = ${tenantId}`);
}
