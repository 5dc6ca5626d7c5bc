/**
 * A role is the tenant's, for every organization, or one organization's own: then it is held, offered and found there
 * alone, and does not exist anywhere else. It never moves.
 */
import { type Statement, sql } from '../../db/db.ts';

/** Of `organization_roles`: what can be held in this organization. */
export const holdableIn = (organizationId: string): Statement =>
  sql`(organization_id is null or organization_id = ${organizationId})`;

/** Of `organization_roles`: the tenant's (null), or the own ones of this organization. */
export const belongingTo = (organizationId: string | null): Statement =>
  organizationId === null ? sql`organization_id is null` : sql`organization_id = ${organizationId}`;
