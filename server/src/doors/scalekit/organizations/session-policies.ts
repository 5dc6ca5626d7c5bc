/** How long people stay signed in for an organization. What is answered is in minutes, whatever it was told in. */
import type { ServiceImpl } from '@connectrpc/connect';
import {
  getSessionPolicy,
  type SessionPolicy,
  setSessionPolicy,
} from '../../../domain/organizations/session-policy.ts';
import { sessionLifeMs } from '../../../domain/sessions/sessions.ts';
import { callOf } from '../calls.ts';
import {
  type OrganizationService,
  SessionPolicyType,
  TimeUnit,
  type UpdateOrganizationSessionPolicyRequest,
} from '../descriptors.ts';
import type { ScalekitDoor } from '../door.ts';
import { invalid } from '../errors.ts';

const minuteMs = 60_000;
const unitMs: Readonly<Record<number, number>> = {
  [TimeUnit.MINUTES]: minuteMs,
  [TimeUnit.HOURS]: 60 * minuteMs,
  [TimeUnit.DAYS]: 24 * 60 * minuteMs,
};
/** An access token lives so long, whatever becomes of its session. */
const accessTokenMinutes = 5;
const longestMinutes = 366 * 24 * 60;

export const sessionPolicies = (
  door: ScalekitDoor,
): Pick<
  ServiceImpl<typeof OrganizationService>,
  'getOrganizationSessionPolicy' | 'updateOrganizationSessionPolicy' | 'getApplicationSessionPolicy'
> => ({
  async getOrganizationSessionPolicy({ organizationId }) {
    const id = await door.ids.organization(organizationId);
    return { policy: policyView(await getSessionPolicy(door.db, door.tenantId, id)) };
  },

  async updateOrganizationSessionPolicy(ask, context) {
    const policy = policyIn(ask);
    const id = await door.ids.organization(ask.organizationId);
    return { policy: policyView(await callOf(context).act((act) => setSessionPolicy(act, id, policy))) };
  },

  async getApplicationSessionPolicy({ organizationId }) {
    await door.ids.organization(organizationId);
    return {
      applicationPolicy: {
        // There is no end that use does not put off.
        absoluteSessionTimeout: 0,
        absoluteSessionTimeoutUnit: TimeUnit.MINUTES,
        idleSessionTimeoutEnabled: true,
        idleSessionTimeout: sessionLifeMs / minuteMs,
        idleSessionTimeoutUnit: TimeUnit.MINUTES,
        accessTokenExpiry: accessTokenMinutes,
      },
    };
  },
});

function policyIn(ask: UpdateOrganizationSessionPolicyRequest): SessionPolicy {
  if (ask.policySource === SessionPolicyType.APPLICATION) return { mostMs: null, idleMs: null };
  if (ask.policySource !== SessionPolicyType.CUSTOM)
    throw invalid('policy_source', 'must be APPLICATION or CUSTOM');
  const { absoluteSessionTimeout, idleSessionTimeout, idleSessionTimeoutEnabled } = ask;
  if (absoluteSessionTimeout === undefined)
    throw invalid('absolute_session_timeout', 'is needed for a policy of its own');
  const mostMs = timeIn('absolute_session_timeout', absoluteSessionTimeout, ask.absoluteSessionTimeoutUnit);
  if (idleSessionTimeoutEnabled === undefined ? idleSessionTimeout === undefined : !idleSessionTimeoutEnabled)
    return { mostMs, idleMs: null };
  if (idleSessionTimeout === undefined)
    throw invalid('idle_session_timeout', 'is needed where it is enabled');
  const idleMs = timeIn('idle_session_timeout', idleSessionTimeout, ask.idleSessionTimeoutUnit);
  if (idleMs >= mostMs) throw invalid('idle_session_timeout', 'must be less than absolute_session_timeout');
  return { mostMs, idleMs };
}

function timeIn(field: string, amount: number, unit: TimeUnit = TimeUnit.MINUTES): number {
  const ms = amount * (unitMs[unit] ?? minuteMs);
  if (ms <= accessTokenMinutes * minuteMs || ms > longestMinutes * minuteMs)
    throw invalid(field, `must be more than ${accessTokenMinutes} and at most ${longestMinutes} minutes`);
  return ms;
}

function policyView({ mostMs, idleMs }: SessionPolicy) {
  if (mostMs === null) return { policySource: SessionPolicyType.APPLICATION };
  return {
    policySource: SessionPolicyType.CUSTOM,
    absoluteSessionTimeout: mostMs / minuteMs,
    absoluteSessionTimeoutUnit: TimeUnit.MINUTES,
    idleSessionTimeoutEnabled: idleMs !== null,
    ...(idleMs === null
      ? {}
      : { idleSessionTimeout: idleMs / minuteMs, idleSessionTimeoutUnit: TimeUnit.MINUTES }),
  };
}
