/**
 * Everything that changes membership or an invitation writes one audit entry (who did what) and one event (what
 * others may hear of it) in the statement that makes the change (rule 19).
 */
import type { Act, Actor } from '../../act.ts';
import { type Statement, sql } from '../../db/db.ts';
import { newId } from '../ids.ts';

export type EventType =
  | `organization.${'created' | 'updated' | 'deleted' | 'disabled' | 'enabled' | 'seats_set'}`
  | `membership.${'created' | 'updated' | 'deleted'}`
  | `bot.${'added' | 'updated' | 'removed'}`
  | `invitation.${'created' | 'accepted' | 'rejected' | 'revoked' | 'expired' | 'resent' | 'renewed' | 'deleted'}`
  | `user.${'created' | 'updated' | 'deleted' | 'suspended' | 'reinstated'}`
  | `role.${'created' | 'updated' | 'deleted'}`
  | `email_domain.${'added' | 'removed'}`
  | `application.${'created' | 'updated' | 'deleted' | 'secret_created' | 'secret_deleted'}`
  | `connector.${'set' | 'deleted'}`
  | `signing_key.${'created' | 'retired'}`;

/**
 * Two common table expressions that record what a third one named `happened` yields: at most one row of
 * (organization_id, subject_id, data jsonb). No row: nothing happened, nothing is recorded.
 */
export const recorded = (act: Act, type: EventType): Statement => {
  const id = newId(act.at);
  return sql`audited as (
    insert into audit_entries (tenant_id, id, at, actor, action, organization_id, subject_id, detail)
    select ${act.tenantId}, ${id}, ${act.at}::bigint, ${nameOf(act.by)}, ${type}, organization_id, subject_id, data from happened
  ), announced as (
    insert into events (tenant_id, id, at, type, organization_id, data)
    select ${act.tenantId}, ${id}, ${act.at}::bigint, ${type}, organization_id, data from happened
  )`;
};

const nameOf = (actor: Actor): string => `${actor.kind}:${actor.id}`;
