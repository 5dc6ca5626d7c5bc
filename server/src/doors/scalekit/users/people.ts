/** People of the environment: read, listed, sought, changed and deleted. */
import { create } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import { deletePerson } from '../../../domain/members/part.ts';
import { findPeople } from '../../../domain/members/roster.ts';
import { changeProfile } from '../../../domain/users/change-profile.ts';
import { callOf } from '../calls.ts';
import { ListUsersResponseSchema, SearchUsersResponseSchema, type UserService } from '../descriptors.ts';
import type { ScalekitDoor } from '../door.ts';
import { invalid } from '../errors.ts';
import { type PageAsk, pageOf, pagesOf } from '../paging.ts';
import { encodedPeople } from './encode-user.ts';
import { personChangeOf } from './person-fields.ts';
import { soughtBy, wholeUser, wholeUsers, whom } from './whole-user.ts';

type Methods = Pick<
  ServiceImpl<typeof UserService>,
  'getUser' | 'listUsers' | 'searchUsers' | 'updateUser' | 'deleteUser'
>;

export function people(door: ScalekitDoor): Methods {
  const { db, tenantId } = door;

  async function listed(ask: PageAsk, list: string, most: number, text?: string) {
    const page = pageOf(ask, list, most);
    const { rows, total } = await findPeople(db, tenantId, {
      limit: page.size + 1,
      beyond: beyondOf(page),
      text,
    });
    const { items, ...tokens } = pagesOf(page, rows, ({ id }) => [id]);
    return { people: await wholeUsers(door, items), said: { ...tokens, totalSize: total } };
  }

  return {
    getUser: async ({ identities }) => ({ user: await wholeUser(door, await whom(door, identities)) }),

    async listUsers(request) {
      const { people, said } = await listed(request, 'users', 100);
      const answer = create(ListUsersResponseSchema, said);
      answer.$unknown = encodedPeople(ListUsersResponseSchema.field.users.number, people);
      return answer;
    },

    async searchUsers(request) {
      const { people, said } = await listed(
        request,
        `users:${request.query}`,
        30,
        await soughtBy(door, request.query),
      );
      const answer = create(SearchUsersResponseSchema, said);
      answer.$unknown = encodedPeople(SearchUsersResponseSchema.field.users.number, people);
      return answer;
    },

    async updateUser({ identities, user }, context) {
      const call = callOf(context);
      if (!user) throw invalid('user', 'is missing');
      const change = personChangeOf(user);
      const userId = await whom(door, identities);
      await call.act((a) => changeProfile(a, userId, change));
      return { user: await wholeUser(door, userId) };
    },

    async deleteUser({ identities }, context) {
      const call = callOf(context);
      const userId = await whom(door, identities);
      await call.act((a) => deletePerson(a, userId));
      return {};
    },
  };
}

/** A page by person. */
export const beyondOf = ({ from }: ReturnType<typeof pageOf>) =>
  from && { id: String(from.key[0]), backwards: from.isBackwards };
