/** What is done to endpoints is in the journal like every act; never what is secret about them. */
import type { Act } from '../../act.ts';
import { type Statement, sql } from '../../db/db.ts';
import { type EventType, recorded } from '../audit/record.ts';

/** For the endpoint that a common table expression named `e` yields. */
export const notedDown = (
  act: Pick<Act, 'tenantId' | 'at' | 'by'>,
  type: EventType,
): Statement => sql`happened as (
    select organization_id, id as subject_id, jsonb_build_object('webhookId', id, 'format', format, 'events', events,
           'pauseReason', pause_reason) as data from e
  ), ${recorded(act, type)}`;
