/**
 * A token of the Management API is believed for an hour, its application for five seconds: when it was deleted, or lost
 * the role, its tokens are worth nothing from then on.
 */
import type { Queries } from '../../db/db.ts';
import { managesTenant } from '../../domain/applications/authority.ts';

const believedForMs = 5_000;

/** Answers at once for an application that was looked at within the last seconds. */
export type MayManage = (applicationId: string) => boolean | Promise<boolean>;

export function rememberingAuthority(db: Queries, tenantId: string, clock: () => number): MayManage {
  const seen = new Map<string, { manages: boolean; until: number }>();
  return (applicationId) => {
    const known = seen.get(applicationId);
    const at = clock();
    if (known && at < known.until) return known.manages;
    return managesTenant(db, tenantId, applicationId).then((manages) => {
      if (manages) seen.set(applicationId, { manages, until: at + believedForMs });
      else seen.delete(applicationId);
      return manages;
    });
  };
}
