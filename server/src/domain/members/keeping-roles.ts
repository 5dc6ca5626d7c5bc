/**
 * What an insert into `members` does where the person is a member already: every role held stays, and those that are given
 * come besides (rule 8). Nothing else of the membership changes.
 */
import { sql } from '../../db/db.ts';

export const keepingRoles = sql`on conflict (tenant_id, organization_id, user_id) do update
  set role_ids = members.role_ids || array(select unnest(excluded.role_ids) except select unnest(members.role_ids))`;
