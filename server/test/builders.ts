/** What most tests begin with, made through the API. */
import type { TestApp } from './harness.ts';

export const day = 86_400_000;

export async function makeOrganization(t: TestApp, name = 'Acme'): Promise<string> {
  return (await t.api('POST', '/organizations', { name })).body.id;
}

export async function makeUser(t: TestApp, primaryEmail: string): Promise<string> {
  return (await t.api('POST', '/users', { primaryEmail })).body.id;
}

export async function roleNamed(t: TestApp, name: 'owner' | 'admin' | 'member'): Promise<string> {
  const [role] = await t.sql<{ id: string }>('select id from organization_roles where name = $1', [name]);
  return role!.id;
}

/** The roles that a fresh tenant has. */
export const builtInRoles = async (t: TestApp) => ({
  owner: await roleNamed(t, 'owner'),
  admin: await roleNamed(t, 'admin'),
  member: await roleNamed(t, 'member'),
});

/** A new person who belongs to these organizations. */
export async function makeMember(
  t: TestApp,
  primaryEmail: string,
  ...organizationIds: string[]
): Promise<string> {
  const id = await makeUser(t, primaryEmail);
  for (const organizationId of organizationIds)
    await t.api('POST', `/organizations/${organizationId}/users`, { userIds: [id] });
  return id;
}

export async function makeInvitation(
  t: TestApp,
  organizationId: string,
  invitee: string,
  more: object = {},
): Promise<any> {
  const answer = await t.api('POST', '/organization-invitations', {
    organizationId,
    invitee,
    expiresAt: t.now() + day,
    ...more,
  });
  if (answer.status !== 201) throw new Error(`The invitation was refused: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

export const countBy = <T>(
  items: readonly T[],
  key: (item: T) => string | number,
): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
};

export const parallel = <T>(count: number, run: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => run(index)));
