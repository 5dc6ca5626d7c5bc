/** Organizations made from an organization account: whoever makes one owns it. */
import { Type } from 'typebox';
import { addHolders, assignRoles, people } from '../../domain/members/holders.ts';
import { createOrganization } from '../../domain/organizations/organizations.ts';
import { organizationAccount } from './accounts.ts';
import { actorOf, verifiedOf } from './caller.ts';
import { GrantError } from './errors.ts';
import { type Call, type Route, route } from './route.ts';
import { Name, Scoped } from './schema.ts';
import { ownerRoleOf } from './template.ts';
import { iso } from './vocabulary.ts';

async function makeOrganization({ door, caller }: Call, accountId: string, name: string) {
  const person = verifiedOf(caller);
  const account = await organizationAccount(door.db, door.tenantId, person.id);
  if (account?.id !== accountId) throw new GrantError('FORBIDDEN', 'This is not your organization account.');
  return door.acting.atomically(actorOf(person), async (act) => {
    const roleId = await ownerRoleOf(act);
    const { id, createdAt } = await createOrganization(act, { name });
    await addHolders(act, people, id, [person.id]);
    await assignRoles(act, people, id, [person.id], [roleId]);
    return {
      id,
      name,
      accountId,
      roleId,
      createdAt: iso(createdAt),
      updatedAt: iso(createdAt),
      deletedAt: null,
    };
  });
}

export const organizationRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/organizations',
    access: 'verified',
    body: Type.Object({ ...Scoped, name: Name }),
    status: 201,
    handle: (call, { body, scope }) => makeOrganization(call, scope('account'), body.name.trim()),
  }),
];
