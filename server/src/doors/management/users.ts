import { Type } from 'typebox';
import { normalAddress } from '../../domain/address.ts';
import { people } from '../../domain/members/holders.ts';
import { findOrganizationsOf } from '../../domain/members/organizations-of.ts';
import { endSessions } from '../../domain/sessions/sessions.ts';
import { findUsers, searchableUserFields } from '../../domain/users/find.ts';
import { digestPassword } from '../../domain/users/password.ts';
import {
  changeUser,
  createUser,
  deleteUser,
  getUser,
  mergeUserData,
  setSuspended,
  type User,
} from '../../domain/users/users.ts';
import { DoorError, invalidField } from './errors.ts';
import { OrganizationWithRoles } from './organizations.ts';
import { routesOf } from './route.ts';
import { Flag, Id, isYes, Json, NullableText, Part } from './schema.ts';
import { readSearch } from './search.ts';

const NullableInteger = Type.Unsafe<number | null>({ type: ['integer', 'null'] });
export const userFields = {
  id: Type.String(),
  username: NullableText(),
  primaryEmail: NullableText(),
  primaryPhone: NullableText(),
  name: NullableText(),
  avatar: NullableText(),
  customData: Json,
  identities: Json,
  lastSignInAt: NullableInteger,
  createdAt: Type.Integer(),
  updatedAt: Type.Integer(),
  profile: Json,
  applicationId: NullableText(),
  cimdClientId: Type.Null(),
  isSuspended: Type.Boolean(),
  hasPassword: Type.Boolean(),
};
const UserEntity = Type.Object(userFields);
/** Nobody comes by single sign-on of somebody else here: who asks for such identities is told that there are none. */
const AskedUser = Type.Object({ ...userFields, ssoIdentities: Type.Optional(Type.Array(Json)) });
const asked = <T extends object>(
  user: T,
  { includeSsoIdentities }: { includeSsoIdentities?: string | undefined },
) => (isYes(includeSsoIdentities) ? { ...user, ssoIdentities: [] } : user);

const ProfileText = Type.Optional(Type.String({ maxLength: 1024 }));
const Profile = Part({
  familyName: ProfileText,
  givenName: ProfileText,
  middleName: ProfileText,
  nickname: ProfileText,
  preferredUsername: ProfileText,
  profile: ProfileText,
  website: ProfileText,
  gender: ProfileText,
  birthdate: ProfileText,
  zoneinfo: ProfileText,
  locale: ProfileText,
  address: Type.Optional(Json),
});
const Username = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  maxLength: 128,
  pattern: '^([A-Za-z_]\\w*)?$',
});
const Phone = Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength: 32, pattern: '^\\d*$' });
const Avatar = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  maxLength: 2048,
  pattern: '^([a-zA-Z][a-zA-Z0-9+.-]*:\\S+)?$',
});
const UserChange = Type.Object({
  username: Type.Optional(Username),
  primaryEmail: Type.Optional(NullableText(512)),
  primaryPhone: Type.Optional(Phone),
  name: Type.Optional(NullableText(128)),
  avatar: Type.Optional(Avatar),
  customData: Type.Optional(Json),
  profile: Type.Optional(Profile),
});
const Password = Type.String({ minLength: 1, maxLength: 1024 });
const Algorithm = Type.Union(
  (['Argon2i', 'Argon2id', 'Argon2d', 'SHA1', 'SHA256', 'MD5', 'Bcrypt', 'Legacy'] as const).map((name) =>
    Type.Literal(name),
  ),
);
const NewUser = Type.Object({
  ...UserChange.properties,
  password: Type.Optional(Password),
  passwordDigest: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  passwordAlgorithm: Type.Optional(Algorithm),
});
const UserPath = Type.Object({ id: Id });
const searched = Object.keys(searchableUserFields);
const route = routesOf('Users');

type Changeable = Partial<
  Pick<User, 'username' | 'primaryEmail' | 'primaryPhone' | 'name' | 'avatar' | 'customData' | 'profile'>
>;

/** The fields that a caller may set, the address in its normal form. */
function settable(body: Changeable): Changeable {
  const { username, primaryEmail, primaryPhone, name, avatar, customData, profile } = body;
  const address = primaryEmail ? normalAddress(primaryEmail) : primaryEmail;
  if (primaryEmail && !address) throw invalidField('body.primaryEmail', 'Not an e-mail address');
  return { username, primaryEmail: address, primaryPhone, name, avatar, customData, profile };
}

export const userRoutes = [
  route({
    method: 'GET',
    path: '/users',
    summary: 'List users, newest first',
    description: `Search with \`search\` or \`search.<field>\` over ${searched.join(', ')}; \`mode\`, \`joint\`, \`isCaseSensitive\` say how.`,
    query: Type.Object({
      excludeRoleId: Type.Optional(Id),
      excludeOrganizationId: Type.Optional(Id),
      includeSsoIdentities: Flag,
    }),
    paging: 'always',
    success: [200, Type.Array(AskedUser)],
    handle: async ({ db, tenantId, query, page }) => {
      if (query.excludeRoleId && query.excludeOrganizationId) {
        throw new DoorError(
          400,
          'request.invalid_input',
          'Give either excludeRoleId or excludeOrganizationId.',
        );
      }
      const found = await findUsers(db, tenantId, {
        search: readSearch(query, searched),
        notInOrganization: query.excludeOrganizationId,
        withoutRole: query.excludeRoleId,
        page,
      });
      return { ...found, items: found.items.map((user) => asked(user, query)) };
    },
  }),
  route({
    method: 'POST',
    path: '/users',
    summary: 'Create a user',
    body: NewUser,
    success: [200, UserEntity],
    async handle({ act, body }) {
      const { password, passwordDigest, passwordAlgorithm } = body;
      if (password && passwordDigest)
        throw new DoorError(400, 'user.password_and_digest', 'Give either password or passwordDigest.');
      if (passwordDigest && !passwordAlgorithm) {
        throw new DoorError(
          400,
          'user.password_algorithm_required',
          'passwordDigest needs passwordAlgorithm.',
        );
      }
      const credential = password ? await digestPassword(password) : { passwordDigest, passwordAlgorithm };
      return act((a) => createUser(a, { ...settable(body), ...credential }));
    },
  }),
  route({
    method: 'GET',
    path: '/users/:id',
    summary: 'Get a user',
    params: UserPath,
    query: Type.Object({ includeSsoIdentities: Flag }),
    success: [200, AskedUser],
    handle: async ({ db, tenantId, params, query }) => asked(await getUser(db, tenantId, params.id), query),
  }),
  route({
    method: 'PATCH',
    path: '/users/:id',
    summary: 'Change a user',
    description: 'customData and profile are replaced whole; empty text and null clear.',
    params: UserPath,
    body: UserChange,
    success: [200, UserEntity],
    handle: ({ act, params, body }) => act((a) => changeUser(a, params.id, settable(body))),
  }),
  route({
    method: 'PATCH',
    path: '/users/:id/custom-data',
    summary: 'Merge into the custom data of a user',
    params: UserPath,
    body: Type.Object({ customData: Json }),
    success: [200, Json],
    handle: ({ act, params, body }) => act((a) => mergeUserData(a, params.id, 'customData', body.customData)),
  }),
  route({
    method: 'PATCH',
    path: '/users/:id/profile',
    summary: 'Merge into the profile of a user',
    params: UserPath,
    body: Type.Object({ profile: Profile }),
    success: [200, Json],
    handle: ({ act, params, body }) => act((a) => mergeUserData(a, params.id, 'profile', body.profile)),
  }),
  route({
    method: 'PATCH',
    path: '/users/:id/is-suspended',
    summary: 'Suspend or reinstate a user',
    params: UserPath,
    body: Type.Object({ isSuspended: Type.Boolean() }),
    success: [200, UserEntity],
    handle: ({ act, params, body }) => act((a) => setSuspended(a, params.id, body.isSuspended)),
  }),
  route({
    method: 'PATCH',
    path: '/users/:id/password',
    summary: 'Set the password of a user',
    params: UserPath,
    body: Type.Object({ password: Password }),
    success: [200, UserEntity],
    async handle({ act, params, body }) {
      const credential = await digestPassword(body.password);
      // Whoever sets another password does not trust those who came in with the old one.
      return act((a) =>
        a.atomically(async (tx) => {
          const user = await changeUser(tx, params.id, credential);
          await endSessions(tx, params.id);
          return user;
        }),
      );
    },
  }),
  route({
    method: 'GET',
    path: '/users/:id/has-password',
    summary: 'Whether a user has a password',
    params: UserPath,
    success: [200, Type.Object({ hasPassword: Type.Boolean() })],
    handle: async ({ db, tenantId, params }) => ({
      hasPassword: (await getUser(db, tenantId, params.id)).hasPassword,
    }),
  }),
  route({
    method: 'DELETE',
    path: '/users/:id',
    summary: 'Delete a user with all memberships',
    params: UserPath,
    success: [204, null],
    async handle({ act, params, by }) {
      if (by.id === params.id)
        throw new DoorError(400, 'user.cannot_delete_self', 'Nobody can delete themselves here.');
      await act((a) => deleteUser(a, params.id));
    },
  }),
  route({
    method: 'GET',
    path: '/users/:id/organizations',
    summary: 'List the organizations of a user with the roles held there',
    params: UserPath,
    success: [200, Type.Array(OrganizationWithRoles)],
    handle: async ({ db, tenantId, params }) =>
      (await findOrganizationsOf(db, tenantId, people, params.id)).items,
  }),
];
