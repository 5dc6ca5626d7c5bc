/** Sessions of people in browsers, as this door shows and ends them; those that ended are known for thirty days. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  findSessionRecord,
  findSessionRecordsOf,
  type SessionRecord,
  type SessionStatus,
  sessionOrder,
  statusOfSession,
} from '../../domain/sessions/ended.ts';
import { endSessions } from '../../domain/sessions/sessions.ts';
import { callOf } from './calls.ts';
import type {
  RevokedSessionDetailsSchema,
  SessionDetailsSchema,
  SessionService,
  UserSessionFilter,
} from './descriptors.ts';
import { deviceOf } from './device.ts';
import type { ScalekitDoor } from './door.ts';
import { invalid, notFound } from './errors.ts';
import { pageOf, pagesOf, within } from './paging.ts';
import { sessionName, sessionUidOf } from './session-name.ts';
import { timestampOf } from './times.ts';

export const sessions = (door: ScalekitDoor): Partial<ServiceImpl<typeof SessionService>> => ({
  async getSession({ sessionId }) {
    return detailsOf(door, await mustFind(door, sessionId));
  },
  async getUserSessions({ userId: name, filter, ...ask }) {
    const userId = await door.ids.user(name);
    const wanted = filterOf(filter);
    const page = pageOf(ask, `sessions ${userId} ${JSON.stringify(wanted)}`);
    const { db, tenantId, clock } = door;
    const slice = within(page, sessionOrder, 'desc');
    const { rows, total } = await findSessionRecordsOf(db, tenantId, userId, clock(), wanted, slice);
    const { items, ...tokens } = pagesOf(page, rows, ({ signedInAt, uid }) => [signedInAt, uid]);
    return { sessions: items.map((session) => detailsOf(door, session)), totalSize: total, ...tokens };
  },
  async revokeSession({ sessionId }, context) {
    const { uid, userId } = await mustFind(door, sessionId);
    await callOf(context).act((act) => endSessions(act, userId, { uid }));
    return { revokedSession: revokedOf(door, await mustFind(door, sessionId)) };
  },
  async revokeAllUserSessions({ userId: name }, context) {
    const userId = await door.ids.user(name);
    const { db, tenantId, clock } = door;
    const everything = { size: 1000, list: '', from: undefined };
    const slice = within(everything, sessionOrder, 'desc');
    const held = await findSessionRecordsOf(db, tenantId, userId, clock(), { statuses: ['active'] }, slice);
    await callOf(context).act((act) => endSessions(act, userId));
    const ended = await Promise.all(held.rows.map(({ uid }) => findSessionRecord(db, tenantId, uid)));
    const revoked = ended.filter((session) => session?.endedBy === 'revocation');
    return {
      revokedSessions: revoked.map((session) => revokedOf(door, session!)),
      totalRevoked: revoked.length,
    };
  },
});

async function mustFind({ db, tenantId }: ScalekitDoor, name: string): Promise<SessionRecord> {
  const uid = sessionUidOf(name);
  const session = uid === undefined ? undefined : await findSessionRecord(db, tenantId, uid);
  if (!session) throw notFound('session');
  return session;
}

/** As this door calls them; asked for in any case. */
const names = { active: 'active', expired: 'expired', revoked: 'revoked', 'signed-out': 'logout' } as const;
const statuses = Object.fromEntries(
  Object.entries(names).map(([status, name]) => [name, status as SessionStatus]),
);

function filterOf(filter: UserSessionFilter | undefined) {
  return {
    statuses: filter?.status.map((name) => statuses[name.toLowerCase()] ?? refuseStatus()),
    from: filter?.startTime && timestampMs(filter.startTime),
    until: filter?.endTime && timestampMs(filter.endTime),
  };
}

function refuseStatus(): never {
  throw invalid('filter.status', 'must be active, expired, revoked or logout');
}

function detailsOf(
  door: ScalekitDoor,
  session: SessionRecord,
): MessageInitShape<typeof SessionDetailsSchema> {
  const { ids } = door;
  const entered = session.entered.filter(({ organizationId }) => organizationId !== null);
  const organizations = [
    ...new Set(entered.map(({ organizationId }) => ids.organizationName(organizationId!))),
  ];
  return {
    ...revokedOf(door, session),
    authenticatedOrganizations: organizations,
    organizationId: organizations.length > 0 ? ids.organizationName(entered.at(-1)!.organizationId!) : '',
    device: deviceOf(session),
    authenticatedClients: session.entered.map(({ applicationId, organizationId }) => ({
      clientId: applicationId,
      organizationId: organizationId === null ? '' : ids.organizationName(organizationId),
    })),
  };
}

/** Sessions live on while they are used: they have no end that nothing can move, so `absolute_expires_at` is absent. */
function revokedOf({ ids, clock }: ScalekitDoor, session: SessionRecord) {
  const status = statusOfSession(session, clock());
  const endedAt = session.endedAt ?? session.expiresAt;
  return {
    sessionId: sessionName(session.uid),
    userId: ids.userName(session.userId),
    createdAt: timestampOf(session.signedInAt),
    updatedAt: timestampOf(status === 'active' ? session.seenAt : endedAt),
    idleExpiresAt: timestampOf(session.expiresAt),
    expiredAt: status === 'expired' ? timestampOf(endedAt) : undefined,
    logoutAt: status === 'signed-out' || status === 'revoked' ? timestampOf(endedAt) : undefined,
    status: names[status],
    lastActiveAt: timestampOf(session.seenAt),
  } satisfies MessageInitShape<typeof RevokedSessionDetailsSchema>;
}
