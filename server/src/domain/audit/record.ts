/**
 * Everything that changes membership or an invitation writes one audit entry (who did what) and one event (what
 * others may hear of it) in the statement that makes the change (rule 19).
 */
import type { Act, Actor } from '../../act.ts';
import { type Statement, sql } from '../../db/db.ts';
import { newId } from '../ids.ts';

export type EventType =
  | `organization.${'created' | 'updated' | 'deleted' | 'disabled' | 'enabled' | 'seats_set'}`
  | `membership.${'created' | 'updated' | 'deleted' | 'suspended' | 'reinstated'}`
  | `ownership_transfer.${'offered' | 'accepted' | 'declined' | 'withdrawn'}`
  | `bot.${'added' | 'updated' | 'removed'}`
  | `invitation.${'created' | 'accepted' | 'rejected' | 'revoked' | 'expired' | 'sent' | 'delivery_failed' | 'resent' | 'renewed' | 'deleted' | 'asked' | 'updated' | 'approved' | 'approval_asked'}`
  | 'organization.policy_set'
  | `join_link.${'created' | 'updated' | 'regenerated' | 'deleted'}`
  | `join_request.${'made' | 'approved' | 'declined' | 'withdrawn'}`
  | `api_token.${'created' | 'updated' | 'invalidated'}`
  | 'session.ended'
  | 'consent.withdrawn'
  | `passkey.${'added' | 'removed'}`
  | `user.${'created' | 'updated' | 'deleted' | 'suspended' | 'reinstated'}`
  | `role.${'created' | 'updated' | 'deleted'}`
  | `email_domain.${'added' | 'removed' | 'claimed' | 'verified'}`
  | `application.${'created' | 'updated' | 'deleted' | 'secret_created' | 'secret_deleted'}`
  | 'sign_in_experience.updated'
  | `connector.${'set' | 'deleted'}`
  | `signing_key.${'created' | 'retired'}`
  | `webhook.${'created' | 'updated' | 'deleted' | 'secret_changed' | 'paused' | 'resumed'}`;

const intoJournal = sql`insert into journal (tenant_id, id, at, actor, type, is_heard, organization_id, subject_id, data)`;

/**
 * A common table expression that records what another one named `happened` yields: at most one row of
 * (organization_id, subject_id, data jsonb). No row: nothing happened, nothing is recorded. The one row it writes is
 * the audit entry and the event (see the views over the journal).
 */
export const recorded = (
  act: Pick<Act, 'tenantId' | 'at' | 'by'>,
  type: EventType,
): Statement => sql`recorded as (
    ${intoJournal}
    select ${act.tenantId}, ${newId(act.at)}, ${act.at}::bigint, ${actorName(act.by)}, ${type}, ${isHeard(act)}, organization_id, subject_id, data
      from happened
  )`;

/** The same where a statement does two things: also of what `happened_before` yields, which comes first. */
export const bothRecorded = (act: Act, typeBefore: EventType, type: EventType): Statement => sql`recorded as (
    ${intoJournal}
    select ${act.tenantId}, ${newId(act.at)}, ${act.at}::bigint, ${actorName(act.by)}, ${typeBefore}, ${isHeard(act)}, organization_id, subject_id, data
      from happened_before
    union all
    select ${act.tenantId}, ${newId(act.at)}, ${act.at}::bigint, ${actorName(act.by)}, ${type}, ${isHeard(act)}, organization_id, subject_id, data
      from happened
  )`;

/** The same where a statement does many acts: `happened` also yields their (id, at, actor, type); see `newId` and `actorName`. */
export const eachRecorded = (tenantId: string): Statement => sql`recorded as (
    ${intoJournal}
    select ${tenantId}, id, at, actor, type, ${isHeard({ tenantId })}, organization_id, subject_id, data
      from happened
  )`;

/** Whether anybody wants to hear of what this tenant does. */
const isHeard = ({ tenantId }: Pick<Act, 'tenantId'>): Statement => sql`exists (
      select from webhook_endpoints where tenant_id = ${tenantId} and is_enabled and closed_at is null)`;

/** How the journal names who did it. */
export const actorName = (actor: Actor): string => `${actor.kind}:${actor.id}`;
