/** What is measured of Scalekit's door, over gRPC, beside what the Management API takes for the like. */
import { create, toBinary } from '@bufbuild/protobuf';
import { defaultMailBounds } from '../src/config.ts';
import { inviteNewPerson } from '../src/domain/invitations/invite-person.ts';
import { findRoster } from '../src/domain/members/roster.ts';
import {
  CreateUserAndMembershipRequestSchema,
  ListOrganizationUsersRequestSchema,
} from '../src/doors/scalekit/descriptors.ts';
import { publicNumber } from '../src/doors/scalekit/ids.ts';
import { act, type Operation, taken, tenantId, undeliveredMs, week } from './operations.ts';

const organizationName = (id: string): string => `org_${publicNumber(id)}`;

function noRequest(): never {
  throw new Error('It is a gRPC call');
}

export const scalekitOperations: readonly Operation[] = [
  {
    name: 'scalekit create',
    title: 'scalekit create',
    takes: 'newcomer',
    against: { name: 'mail', goal: 0.6 },
    mails: true,
    request: noRequest,
    call: {
      path: '/scalekit.v1.users.UserService/CreateUserAndMembership',
      message: (_world, [email, organizationId]) =>
        toBinary(
          CreateUserAndMembershipRequestSchema,
          create(CreateUserAndMembershipRequestSchema, {
            organizationId: organizationName(organizationId!),
            user: { email: email! },
          }),
        ),
    },
    statement: (world, [address, organizationId]) =>
      taken((db) =>
        inviteNewPerson(
          act(db, world, Date.now() + undeliveredMs),
          { address: address! },
          {
            organizationId: organizationId!,
            usualLifeMs: week,
            mail: {
              usageType: 'OrganizationInvitation',
              payload: {},
              bounds: defaultMailBounds,
              hasDefaultConnector: true,
            },
          },
        ),
      ),
  },
  {
    name: 'scalekit list',
    title: 'scalekit list 100',
    takes: 'crowd',
    against: { name: 'members', goal: 0.6 },
    request: noRequest,
    call: {
      path: '/scalekit.v1.users.UserService/ListOrganizationUsers',
      message: (_world, [id]) =>
        toBinary(
          ListOrganizationUsersRequestSchema,
          create(ListOrganizationUsersRequestSchema, {
            organizationId: organizationName(id!),
            pageSize: 100,
          }),
        ),
    },
    statement: (_world, [id]) => taken((db) => findRoster(db, tenantId, id!, { limit: 101 }, Date.now())),
  },
];
