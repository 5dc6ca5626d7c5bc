/**
 * Where an invited person goes after accepting: an address given with the invitation, or where its application begins
 * a sign-in. The address is checked when the invitation is made and again when it is used, for registrations change.
 */
import type { Act } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import { findPlaces, initiateLoginOf, isPlaceOf } from '../applications/places.ts';
import { refuse } from '../refusal.ts';

export type Destination = {
  /** To be gone to as it is. */
  readonly redirect?: string;
  /** To be gone to with the parameters of a third-party initiated login. */
  readonly initiateLogin?: string;
  readonly applicationId?: string;
  readonly applicationName?: string;
};

type Wanted = {
  readonly redirect?: string | null | undefined;
  readonly applicationId?: string | null | undefined;
};

/** Refuses: application.not_found, invitation.redirect_not_registered. */
export async function mustBeRegistered(act: Act, { redirect, applicationId }: Wanted): Promise<void> {
  if (!redirect && !applicationId) return;
  const places = await findPlaces(act.db, act.tenantId, applicationId || null);
  if (applicationId && places.length === 0) refuse('application.not_found', { id: applicationId });
  if (redirect && !places.some((place) => isPlaceOf(place, redirect)))
    refuse('invitation.redirect_not_registered', { field: 'redirect' });
}

/**
 * Empty when there is nowhere to go. Where the invitation names no application, or its address is not registered any
 * more, it is the tenant's only application of its own at which a sign-in can begin.
 */
export async function destinationOf(
  db: Queries,
  tenantId: string,
  invitationId: string,
): Promise<Destination> {
  const wanted = await db.first<{ redirect: string | null; applicationId: string | null }>(sql`
    select redirect_uri as redirect, application_id as "applicationId" from invitations
     where tenant_id = ${tenantId} and id = ${invitationId}`);
  if (!wanted) return {};
  const { redirect, applicationId } = wanted;
  const places = await findPlaces(db, tenantId, applicationId);
  const there = redirect === null ? undefined : places.find((place) => isPlaceOf(place, redirect));
  if (redirect !== null && there) return { redirect, applicationId: there.id, applicationName: there.name };
  const open = places.filter((place) => applicationId !== null || initiateLoginOf(place));
  const [application] = open;
  if (!application || open.length > 1) return {};
  const initiateLogin = initiateLoginOf(application);
  return {
    ...(initiateLogin ? { initiateLogin } : {}),
    applicationId: application.id,
    applicationName: application.name,
  };
}
