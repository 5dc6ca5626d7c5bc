/**
 * Whether an act would be allowed, without doing it. The verdict is the attempt itself: the same route, with the same
 * judgements in the same order, in a transaction that is always rolled back, the mails it orders with it.
 */
import type { Acting, Actor } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { isInsider } from '../../domain/access.ts';
import { Refusal, refuse } from '../../domain/refusal.ts';
import { mustHaveAccess, underAccess } from './access.ts';
import { answerOf } from './errors.ts';
import { guidance, guidanceOf } from './guidance.ts';
import type { Call, Route } from './route.ts';
import type { Services } from './services.ts';

export type Intention = {
  readonly organizationId: string;
  readonly act: string;
  readonly input: Readonly<Record<string, unknown>>;
};
export type Verdict = {
  readonly allowed: boolean;
  readonly rule?: number;
  readonly code?: string;
  readonly message?: string;
  readonly remedy?: string;
};

/** By the route that does it, with what its body says always. */
const acts: Readonly<Record<string, readonly [where: string, always?: Readonly<Record<string, unknown>>]>> = {
  invite: ['POST /organization-invitations'],
  resendInvitation: ['POST /organization-invitations/:id/message'],
  renewInvitation: ['POST /organization-invitations/:id/renew'],
  revokeInvitation: ['PUT /organization-invitations/:id/status', { status: 'Revoked' }],
  approveInvitation: ['POST /organization-invitations/:id/approve'],
  assignRoles: ['POST /organizations/:id/users/:userId/roles'],
  setRoles: ['PUT /organizations/:id/users/:userId/roles'],
  removeRole: ['DELETE /organizations/:id/users/:userId/roles/:organizationRoleId'],
  removeMember: ['DELETE /organizations/:id/users/:userId'],
  suspendMember: ['PATCH /organizations/:id/users/:userId/is-suspended', { isSuspended: true }],
  reinstateMember: ['PATCH /organizations/:id/users/:userId/is-suspended', { isSuspended: false }],
  changeMember: ['PATCH /organizations/:id/users/:userId'],
  offerOwnership: ['POST /organizations/:id/ownership-transfers'],
  changeOrganization: ['PATCH /organizations/:id'],
  deleteOrganization: ['DELETE /organizations/:id'],
};
export const rehearsable = Object.keys(acts);

type Stage = {
  readonly tenantId: string;
  readonly acting: Acting;
  readonly services: Services;
  readonly routes: readonly Route[];
  readonly by: Actor;
  readonly at: number;
  /** Throws where params or body do not fit the route. */
  validate(route: Route, params: unknown, body: unknown): void;
};

/** Thrown through the transaction, so that nothing of the attempt stays. */
class WouldHappen extends Error {}

export async function rehearse(stage: Stage, intention: Intention): Promise<Verdict> {
  const { tenantId, services, by } = stage;
  const [where, always] = acts[intention.act]!;
  const route = stage.routes.find(({ method, path }) => `${method} ${path}` === where)!;
  const { params, body } = requestOf(route, intention, always);
  try {
    await stage.acting.atomically(by, async (act) => {
      if (isInsider(by)) {
        const asked = { params, query: {}, body };
        await mustHaveAccess(act.db, tenantId, by, route, asked, act.at);
      }
      if (where.includes('/organization-invitations/:id')) {
        const found = await act.db.first(sql`
          select id from invitations where tenant_id = ${tenantId} and id = ${params.id}
             and organization_id = ${intention.organizationId}`);
        if (!found) refuse('invitation.not_found', { id: params.id });
      }
      stage.validate(route, params, body);
      const call: Call<unknown, unknown, unknown> = {
        params,
        query: {},
        body,
        page: undefined,
        tenantId,
        by,
        methods: [],
        db: act.db,
        at: act.at,
        act: (verb) => underAccess(act, route, verb),
        atOnce: async () => undefined,
        services,
        prefersRepresentation: false,
        rehearse: () => Promise.reject(new Error('A rehearsal rehearses nothing')),
        header: () => undefined,
      };
      await route.handle(call as never);
      throw new WouldHappen();
    });
  } catch (error) {
    if (error instanceof WouldHappen) return { allowed: true };
    return verdictOf(error, route, stage.at);
  }
  return { allowed: true };
}

/** What the path names is taken from the input; the rest is the body. */
function requestOf(
  { path, body: schema }: Route,
  { organizationId, input }: Intention,
  always: Readonly<Record<string, unknown>> = {},
) {
  const { invitationId = '', ...rest } = input;
  const ofInvitation = path.startsWith('/organization-invitations');
  const params: Record<string, unknown> = { id: ofInvitation ? invitationId : organizationId };
  const body: Record<string, unknown> = { ...rest, ...always };
  for (const [, name] of path.matchAll(/:(\w+)/g)) {
    if (name === 'id') continue;
    params[name!] = rest[name!] ?? '';
    delete body[name!];
  }
  if (path === '/organization-invitations') body.organizationId = organizationId;
  return { params, body: schema ? body : undefined };
}

function verdictOf(error: unknown, route: Route, at: number): Verdict {
  const answer = answerOf(error, route, at);
  if (!answer || answer.status >= 500) throw error;
  const told = error instanceof Refusal ? guidance[error.code] : undefined;
  const { rule, remedy } = told ?? guidanceOf(answer.status) ?? {};
  return {
    allowed: false,
    code: String(answer.body.code),
    message: String(answer.body.message),
    ...(rule === undefined ? {} : { rule }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}
