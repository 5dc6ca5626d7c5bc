/** Sessions, seen and ended with the field's client, unmodified. */
import { ScalekitBadRequestException, ScalekitNotFoundException } from '@scalekit-sdk/node';
import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { forgetSessions, sessionLifeMs } from '../../src/domain/sessions/sessions.ts';
import { signIn } from '../../src/domain/users/sign-in.ts';
import { clientOf, openDoor } from '../../src/doors/scalekit/fixture.ts';
import { callback, codeOf, makeMember, registerPlaces } from '../../src/doors/scalekit/oauth/fixture.ts';
import { sessionName } from '../../src/doors/scalekit/session-name.ts';
import { makeOrganization } from '../builders.ts';
import { testCredentials } from '../fixtures.ts';
import { visitor } from '../visitor.ts';

const door = openDoor();
beforeAll(() => registerPlaces(door));

const chrome =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';

/** Somebody who has signed in to the application, in one browser. */
async function signedIn() {
  const ann = await makeMember(door, [await makeOrganization(door)]);
  const browser = visitor(door);
  const code = await codeOf(door, ann.id, { scopes: ['openid', 'offline_access'] }, { browser });
  const { accessToken, refreshToken } = await door.client.authenticateWithCode(code, callback);
  const { sid, sub, oid } = decodeJwt(accessToken) as Record<'sid' | 'sub' | 'oid', string>;
  return { ...ann, browser, refreshToken: refreshToken!, sessionId: sid, userId: sub, organizationId: oid };
}

/** Another browser of the person. */
const another = (id: string, userAgent = chrome) =>
  door.app.act({ kind: 'user', id }, (act) => signIn(act, id, ['otp'], { userAgent, ip: '203.0.113.9' }));

test('getSession says whose it is, how it stands, and what was got in it', async () => {
  const { sessionId, userId, organizationId } = await signedIn();
  const session = await door.client.session.getSession(sessionId);
  expect(session).toMatchObject({
    sessionId,
    userId,
    organizationId,
    authenticatedOrganizations: [organizationId],
    authenticatedClients: [{ clientId: testCredentials.clientId, organizationId }],
    status: 'active',
  });
  expect(Number(session.idleExpiresAt!.seconds)).toBeGreaterThan(Number(session.createdAt!.seconds));
  expect(session.expiredAt).toBeUndefined();
  expect(session.logoutAt).toBeUndefined();
});

test('the device is what the browser says of itself', async () => {
  const ann = await signedIn();
  await another(ann.id);
  const { sessions } = await door.client.session.getUserSessions(ann.userId);
  expect(sessions[0]!.device).toMatchObject({
    userAgent: chrome,
    browser: 'Chrome',
    browserVersion: '131.0.0.0',
    os: 'macOS',
    osVersion: '10.15.7',
    deviceType: 'desktop',
    ip: '203.0.113.9',
  });
  expect(sessions[0]!.device!.location).toBeUndefined();
});

describe('getUserSessions', () => {
  test('goes newest first by pages in both directions, and stands still while others sign in', async () => {
    const ann = await signedIn();
    for (let i = 0; i < 4; i++) {
      door.advance(1000);
      await another(ann.id);
    }
    const list = (pageToken?: string) =>
      door.client.session.getUserSessions(ann.userId, { pageSize: 2, ...(pageToken ? { pageToken } : {}) });
    const first = await list();
    expect(first).toMatchObject({ totalSize: 5, prevPageToken: '' });
    door.advance(1000);
    await another(ann.id);
    const second = await list(first.nextPageToken);
    const third = await list(second.nextPageToken);
    const ids = [first, second, third].flatMap(({ sessions }) => sessions.map(({ sessionId }) => sessionId));
    expect(new Set(ids).size).toBe(5);
    expect(ids.at(-1)).toBe(ann.sessionId);
    expect(third.nextPageToken).toBe('');
    const back = await list(second.prevPageToken);
    expect(back.sessions.map(({ sessionId }) => sessionId)).toEqual(ids.slice(0, 2));
  });

  test('knows the status: active, expired, revoked, logout; in any case of letters', async () => {
    const ann = await signedIn();
    const [taken, left] = [await another(ann.id), await another(ann.id)];
    const statusOf = async (status: string[]) =>
      (await door.client.session.getUserSessions(ann.userId, { filter: { status } })).sessions.map(
        (session) => session.status,
      );
    const { sessions } = await door.client.session.getUserSessions(ann.userId);
    expect(sessions).toHaveLength(3);
    await door.app.act({ kind: 'user', id: ann.id }, (act) =>
      signIn(act, ann.id, ['otp'], { before: left.value }),
    );
    const { sessions: now } = await door.client.session.getUserSessions(ann.userId, {
      filter: { status: ['ACTIVE'] },
    });
    const takenAway = now.find(({ device }) => device?.userAgent === chrome)!;
    await door.client.session.revokeSession(takenAway.sessionId);
    expect(await statusOf(['revoked'])).toEqual(['revoked']);
    expect(await statusOf(['Logout'])).toEqual(['logout']);
    expect(await statusOf(['active'])).toEqual(['active', 'active']);
    expect(taken.session.uid).not.toBe(left.session.uid);
    door.advance(sessionLifeMs);
    expect(await statusOf(['expired'])).toEqual(['expired', 'expired']);
    await forgetSessions(door.app.db, door.now());
    expect(await statusOf(['expired', 'logout', 'revoked'])).toHaveLength(4);
    expect(await statusOf(['active'])).toEqual([]);
  });

  test('takes the time of signing in for a filter', async () => {
    const ann = await signedIn();
    const middle = new Date(door.now() + 500);
    door.advance(1000);
    await another(ann.id);
    const among = async (filter: object) =>
      (await door.client.session.getUserSessions(ann.userId, { filter: { status: [], ...filter } })).sessions;
    expect(await among({ startTime: middle })).toHaveLength(1);
    expect((await among({ endTime: middle })).map(({ sessionId }) => sessionId)).toEqual([ann.sessionId]);
  });

  test('refuses a status that there is none of, and the page token of another list', async () => {
    const [ann, bob] = [await signedIn(), await signedIn()];
    await another(ann.id);
    await expect(
      door.client.session.getUserSessions(ann.userId, { filter: { status: ['sleeping'] } }),
    ).rejects.toThrow(ScalekitBadRequestException);
    const { nextPageToken: pageToken } = await door.client.session.getUserSessions(ann.userId, {
      pageSize: 1,
    });
    for (const token of [pageToken, 'nonsense'])
      await expect(door.client.session.getUserSessions(bob.userId, { pageToken: token })).rejects.toThrow(
        ScalekitBadRequestException,
      );
  });
});

describe('revoking', () => {
  test('one ends it at once, with its refresh tokens, and leaves the others', async () => {
    const ann = await signedIn();
    const elsewhere = visitor(door);
    const code = await codeOf(door, ann.id, { scopes: ['openid', 'offline_access'] }, { browser: elsewhere });
    const other = await door.client.authenticateWithCode(code, callback);
    const { revokedSession } = await door.client.session.revokeSession(ann.sessionId);
    expect(revokedSession).toMatchObject({ sessionId: ann.sessionId, userId: ann.userId, status: 'revoked' });
    expect(revokedSession!.logoutAt).toBeDefined();
    await expect(door.client.refreshAccessToken(ann.refreshToken)).rejects.toThrow('Failed to refresh token');
    const on = await ann.browser.get(door.client.getAuthorizationUrl(callback));
    expect(on.headers.get('location')).toContain('/sign-in');
    expect((await door.client.refreshAccessToken(other.refreshToken!)).accessToken).toBeTruthy();
    expect((await door.client.session.getSession(ann.sessionId)).status).toBe('revoked');
  });

  test('one that is over changes nothing, and says how it ended', async () => {
    const { sessionId } = await signedIn();
    const first = await door.client.session.revokeSession(sessionId);
    door.advance(1000);
    expect(await door.client.session.revokeSession(sessionId)).toEqual(first);
  });

  test('all of a person ends all of them, and nobody else’s', async () => {
    const [ann, bob] = [await signedIn(), await signedIn()];
    await another(ann.id);
    const { revokedSessions, totalRevoked } = await door.client.session.revokeAllUserSessions(ann.userId);
    expect(totalRevoked).toBe(2);
    expect(revokedSessions.map(({ status }) => status)).toEqual(['revoked', 'revoked']);
    await expect(door.client.refreshAccessToken(ann.refreshToken)).rejects.toThrow('Failed to refresh token');
    expect((await door.client.refreshAccessToken(bob.refreshToken)).accessToken).toBeTruthy();
    expect((await door.client.session.revokeAllUserSessions(ann.userId)).totalRevoked).toBe(0);
  });
});

test('a session or person that is not there is not found; a name that is none is refused', async () => {
  const { session } = door.client;
  const nobody = 'usr_1234567890123456789';
  for (const call of [
    () => session.getSession('ses_123456789012345678'),
    () => session.revokeSession('ses_123456789012345678901234567890123456789'),
    () => session.getUserSessions(nobody),
    () => session.revokeAllUserSessions(nobody),
  ])
    await expect(call()).rejects.toThrow(ScalekitNotFoundException);
  for (const call of [() => session.getSession('somewhere'), () => session.getUserSessions('somebody')])
    await expect(call()).rejects.toThrow(ScalekitBadRequestException);
});

test('whoever has no right secret sees no sessions', async () => {
  const { sessionId } = await signedIn();
  const thief = clientOf(door, { ...testCredentials, clientSecret: 'x'.repeat(32) });
  await expect(thief.session.getSession(sessionId)).rejects.toMatchObject({ response: { status: 401 } });
});

test('sessions and people of another tenant are not found', async () => {
  const ann = await signedIn();
  await door.sql("insert into tenants (id, created_at) values ('elsewhere', 1)");
  await door.sql(
    "insert into users (tenant_id, id, created_at, updated_at) values ('elsewhere', 'stranger', 1, 1)",
  );
  const uid = Buffer.alloc(16, 7).toString('base64url');
  await door.sql(
    `insert into sessions (tenant_id, digest, uid, user_id, signed_in_at, seen_at, expires_at)
     values ('elsewhere', sha256('x'), $1, 'stranger', 1, 1, $2)`,
    [uid, door.now() + 1_000_000],
  );
  const foreign = sessionName(uid);
  const [row] = await door.sql<{ n: string }>("select lpad(public_number('stranger')::text, 19, '0') as n");
  const { session } = door.client;
  await expect(session.getSession(foreign)).rejects.toThrow(ScalekitNotFoundException);
  await expect(session.revokeSession(foreign)).rejects.toThrow(ScalekitNotFoundException);
  await expect(session.getUserSessions(`usr_${row!.n}`)).rejects.toThrow(ScalekitNotFoundException);
  await expect(session.revokeAllUserSessions(`usr_${row!.n}`)).rejects.toThrow(ScalekitNotFoundException);
  expect(await door.sql('select 1 as one from sessions where uid = $1', [uid])).toEqual([{ one: 1 }]);
  expect((await session.getSession(ann.sessionId)).status).toBe('active');
});

describe('what an organization says about sessions', () => {
  const policy = (organizationId: string, mostMinutes: number, idleMinutes?: number) =>
    door.client.organization.updateOrganizationSessionPolicy(organizationId, {
      policySource: 'CUSTOM',
      absoluteSessionTimeout: mostMinutes,
      absoluteSessionTimeoutUnit: 'MINUTES',
      ...(idleMinutes
        ? {
            idleSessionTimeoutEnabled: true,
            idleSessionTimeout: idleMinutes,
            idleSessionTimeoutUnit: 'MINUTES' as const,
          }
        : {}),
    });
  const minutes = 60_000;
  const signsInAgain = async (ann: Awaited<ReturnType<typeof signedIn>>) => {
    const on = (await ann.browser.get(door.client.getAuthorizationUrl(callback))).headers.get('location')!;
    if (!on.includes('/sign-in')) return false;
    // Looking at that page does not let anybody pass.
    expect((await ann.browser.get(on)).status).toBe(200);
    const again = await ann.browser.get(door.client.getAuthorizationUrl(callback));
    expect(again.headers.get('location')).toContain('/sign-in');
    return true;
  };

  test('a session is refreshed and let in until it is as old as it may be; then one signs in again', async () => {
    const ann = await signedIn();
    await policy(ann.organizationId, 60);
    door.advance(59 * minutes);
    const { refreshToken } = await door.client.refreshAccessToken(ann.refreshToken);
    expect(await signsInAgain(ann)).toBe(false);
    door.advance(minutes);
    await expect(door.client.refreshAccessToken(refreshToken)).rejects.toThrow('Failed to refresh token');
    expect(await signsInAgain(ann)).toBe(true);
    const code = await codeOf(door, ann.id, {}, { browser: ann.browser });
    expect((await door.client.authenticateWithCode(code, callback)).accessToken).toBeTruthy();
  });

  test('an idle session is over, one in use is not', async () => {
    const [busy, idle] = [await signedIn(), await signedIn()];
    for (const { organizationId } of [busy, idle]) await policy(organizationId, 24 * 60, 10);
    let { refreshToken } = busy;
    for (let i = 0; i < 4; i++) {
      door.advance(4 * minutes);
      ({ refreshToken } = await door.client.refreshAccessToken(refreshToken));
    }
    await expect(door.client.refreshAccessToken(idle.refreshToken)).rejects.toThrow(
      'Failed to refresh token',
    );
    expect(await signsInAgain(busy)).toBe(false);
    expect(await signsInAgain(idle)).toBe(true);
  });
});

test('a session lives on while its refresh tokens are used', async () => {
  const ann = await signedIn();
  let { refreshToken } = ann;
  for (let i = 0; i < 3; i++) {
    door.advance(sessionLifeMs - 86_400_000);
    ({ refreshToken } = await door.client.refreshAccessToken(refreshToken));
    await forgetSessions(door.app.db, door.now());
  }
  expect((await door.client.session.getSession(ann.sessionId)).status).toBe('active');
});
