/** Who belongs to an organization: its members, and the people who are invited to it. */
import { create } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import { findRoster } from '../../../domain/members/roster.ts';
import { templateOf } from '../../../domain/roles/template.ts';
import {
  ListOrganizationUsersResponseSchema,
  SearchOrganizationUsersResponseSchema,
  type UserService,
} from '../descriptors.ts';
import type { ScalekitDoor } from '../door.ts';
import { viewing } from '../member-view.ts';
import { type PageAsk, pageOf, pagesOf } from '../paging.ts';
import { encodedPeople } from './encode-user.ts';
import { beyondOf } from './people.ts';
import { soughtBy } from './whole-user.ts';

type Methods = Pick<ServiceImpl<typeof UserService>, 'listOrganizationUsers' | 'searchOrganizationUsers'>;
type Ask = PageAsk & { readonly organizationId: string };

export function roster(door: ScalekitDoor): Methods {
  const { db, tenantId, ids } = door;

  async function listed(ask: Ask, list: string, most: number, text?: string) {
    const organizationId = await ids.organization(ask.organizationId);
    const page = pageOf(ask, `${list}:${organizationId}`, most);
    const found = await findRoster(
      db,
      tenantId,
      organizationId,
      { limit: page.size + 1, beyond: beyondOf(page), text },
      door.clock(),
    );
    const view = viewing(ids, tenantId, await templateOf(db, tenantId, found.version));
    const { items, ...tokens } = pagesOf(page, found.rows, ({ id }) => [id]);
    const { total } = found;
    return {
      people: items.map((row) => view(row, [row])),
      said: { ...tokens, totalSize: total },
    };
  }

  return {
    async listOrganizationUsers(request) {
      const { people, said } = await listed(request, 'organization users', 100);
      const answer = create(ListOrganizationUsersResponseSchema, said);
      answer.$unknown = encodedPeople(ListOrganizationUsersResponseSchema.field.users.number, people);
      return answer;
    },

    async searchOrganizationUsers(request) {
      const { people, said } = await listed(
        request,
        `organization users:${request.query}`,
        30,
        await soughtBy(door, request.query),
      );
      const answer = create(SearchOrganizationUsersResponseSchema, said);
      answer.$unknown = encodedPeople(SearchOrganizationUsersResponseSchema.field.users.number, people);
      return answer;
    },
  };
}
