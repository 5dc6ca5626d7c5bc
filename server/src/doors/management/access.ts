/**
 * Calls by an organization's own members and bots, with a token of that organization: only routes that say which
 * permission they need, only in the token's organization; every other organization is as if it did not exist (rule 18).
 */
import type { Act } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import { type Insider, isInsider, may, mustBeAllowed, wasAllowed } from '../../domain/access.ts';
import { refuse } from '../../domain/refusal.ts';
import { DoorError } from './errors.ts';
import type { Route } from './route.ts';

type Asked = {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
};

/** Where it is about all organizations, a list is cut down to the caller's own. Refuses with 403 and 404. */
export async function mustHaveAccess(
  db: Queries,
  tenantId: string,
  actor: Insider,
  route: Route,
  asked: Asked,
  at: number,
): Promise<void> {
  const { access } = route;
  if (!access) throw denied('Only the management of the tenant may do this.');
  const organizationId = await organizationOf(db, tenantId, actor.organizationId, access.organization, asked);
  if (organizationId !== actor.organizationId) {
    throw new DoorError(404, 'entity.not_exists_with_id', 'The organization does not exist.', {
      id: organizationId,
    });
  }
  if (access.isJudgedByVerb && wasAllowed(tenantId, actor, access.permission, at)) return;
  if (!(await may(db, tenantId, actor, access.permission, organizationId, at))) {
    throw denied(
      access.permission === 'membership'
        ? 'This is for members of the organization.'
        : `This needs the permission ${access.permission}.`,
      access.permission,
    );
  }
}

/** The verb of a member or bot: in one transaction with the judgement that they may, which holds until its end. */
export function underAccess<T>(act: Act, route: Route, verb: (act: Act) => Promise<T>): Promise<T> {
  const { by } = act;
  if (!isInsider(by)) return verb(act);
  return act.atomically(async (tx) => {
    await mustBeAllowed(tx, route.access!.permission, by.organizationId);
    return verb(tx);
  });
}

async function organizationOf(
  db: Queries,
  tenantId: string,
  own: string,
  where: NonNullable<Route['access']>['organization'],
  { params, query, body }: Asked,
): Promise<string> {
  // Not validated yet: what is no text is left for that.
  const text = (from: unknown, name: string) => {
    const value = (from as Record<string, unknown> | undefined | null)?.[name];
    return typeof value === 'string' ? value : undefined;
  };
  switch (where) {
    case 'path':
      return text(params, 'id')!;
    case 'body':
      return text(body, 'organizationId') ?? own;
    case 'query': {
      const asked = text(query, 'organizationId');
      if (asked === undefined) Object.assign(query as object, { organizationId: own });
      return asked ?? own;
    }
    case 'template':
      return own;
    case 'invitation': {
      const id = text(params, 'id')!;
      const found = await db.first<{ organizationId: string }>(sql`
        select organization_id as "organizationId" from invitations where tenant_id = ${tenantId} and id = ${id}`);
      return found?.organizationId === own ? own : refuse('invitation.not_found', { id });
    }
  }
}

const denied = (message: string, permission?: string) =>
  new DoorError(403, 'auth.forbidden', message, permission === undefined ? undefined : { permission });
