/** People in lists are written by hand: what is written is what the message would be. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ListOrganizationUsersResponseSchema, ListUsersResponseSchema } from '../descriptors.ts';
import { type MembershipView, messageOf, type UserView } from '../member-view.ts';
import { encodedPeople } from './encode-user.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 300 });
const time = fc.integer({ min: 0, max: 8_000_000_000_000 });
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
const texts = fc.dictionary(fc.stringMatching(/^[a-z]{3,25}$/), text, { maxKeys: 20, noNullPrototype: true });
const membership: fc.Arbitrary<MembershipView> = fc.record({
  organizationId: text,
  joinTime: fc.option(time),
  membershipStatus: fc.integer({ min: 0, max: 4 }),
  roles: fc.array(fc.record({ id: text, name: text, displayName: text }), { maxLength: 3 }),
  name: text,
  metadata: texts,
  inviterEmail: maybe(text),
  createdAt: time,
  acceptedAt: fc.option(time),
  expiresAt: fc.option(time),
  provisioningMethod: maybe(text),
  permissions: fc.array(text, { maxLength: 8 }),
});
const user: fc.Arbitrary<UserView> = fc.record({
  id: text,
  environmentId: text,
  createTime: time,
  updateTime: time,
  email: text,
  externalId: maybe(text),
  memberships: fc.array(membership, { maxLength: 3 }),
  userProfile: fc.record({
    id: text,
    givenName: text,
    familyName: text,
    name: text,
    locale: text,
    emailVerified: fc.boolean(),
    phoneNumber: text,
    preferredUsername: text,
    picture: text,
    gender: text,
  }),
  metadata: texts,
  lastLoginTime: fc.option(time),
});

test.for([
  ['an organization’s list', ListOrganizationUsersResponseSchema],
  ['a list of all', ListUsersResponseSchema],
] as const)('in %s people are, byte for byte, what their messages would be', ([, schema]) => {
  const { number } = schema.field.users;
  fc.assert(
    fc.property(fc.array(user, { maxLength: 4 }), (people) => {
      const answer = create(schema as typeof ListUsersResponseSchema, {});
      answer.$unknown = encodedPeople(number, people);
      const bytes = toBinary(schema as typeof ListUsersResponseSchema, answer);
      const expected = create(schema as typeof ListUsersResponseSchema, { users: people.map(messageOf) });
      expect(Buffer.from(bytes)).toEqual(
        Buffer.from(toBinary(schema as typeof ListUsersResponseSchema, expected)),
      );
      expect(fromBinary(schema as typeof ListUsersResponseSchema, bytes)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
