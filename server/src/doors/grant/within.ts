/**
 * Calls that act in one organization: by a member of it, with one of the permissions that it takes, judged in the
 * transaction that acts. Of every other organization nobody hears whether it exists (rule 18).
 */
import type { Act, TxAct } from '../../act.ts';
import { mustBeAllowed, mustHoldOne, permissions } from '../../domain/access.ts';
import { Refusal, refuse } from '../../domain/refusal.ts';
import { personOf } from './caller.ts';
import { GrantError, invalidField } from './errors.ts';
import type { Call, ScopeOf } from './route.ts';
import { invitationPermissions, memberPermissions } from './template.ts';

/** A session of this door stands for the whole person: what they may do, their roles say. */
const every: ReadonlySet<string> = new Set([
  ...Object.keys(permissions),
  ...Object.values(invitationPermissions),
  ...Object.values(memberPermissions),
]);

/** `needed`: one of these permissions. Refuses: organization.not_found, access.denied. */
export function acting<T>(
  call: Call,
  organizationId: string,
  needed: readonly string[],
  verb: (act: TxAct) => Promise<T>,
): Promise<T> {
  return call.door.acting.atomically(memberOf(call, organizationId), async (act) => {
    await mustBelong(act, organizationId);
    await mustHoldOne(act, needed, organizationId);
    return verb(act);
  });
}

/** The same for what changes nothing: it needs no transaction. */
export function looking<T>(
  call: Call,
  organizationId: string,
  needed: readonly string[],
  read: (act: Act) => Promise<T>,
): Promise<T> {
  return call.door.acting(memberOf(call, organizationId), async (act) => {
    await mustBelong(act, organizationId);
    await mustHoldOne(act, needed, organizationId);
    return read(act);
  });
}

const memberOf = ({ caller }: Call, organizationId: string) =>
  ({ kind: 'member', id: personOf(caller).id, organizationId, scopes: every }) as const;

async function mustBelong(act: Act, organizationId: string): Promise<void> {
  try {
    await mustBeAllowed(act, 'membership', organizationId);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'access.denied')
      refuse('organization.not_found', { id: organizationId }, error);
    throw error;
  }
}

type Parts = {
  readonly body: unknown;
  readonly query: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
};

/** Reads what a call names as its scope. Refuses with SCOPE_REQUIRED, and where it is of another kind. */
export function scopeIn({ body, query, headers }: Parts): ScopeOf {
  const part = (of: unknown, name: string) => (of as Record<string, unknown> | null | undefined)?.[name];
  const named = part(body, 'scope');
  const [id, tenant] = named
    ? [part(named, 'id'), part(named, 'tenant')]
    : part(query, 'scopeId') !== undefined
      ? [part(query, 'scopeId'), part(query, 'tenant')]
      : [headers['x-scope-id'], headers['x-scope-tenant']];
  return (wanted) => {
    if (typeof id !== 'string' || id === '' || id.length > 128)
      throw new GrantError('SCOPE_REQUIRED', `Say in which ${wanted}: scope { id, tenant }.`);
    if (tenant !== wanted) throw invalidField('scope.tenant', `Must be "${wanted}"`);
    return id;
  };
}
