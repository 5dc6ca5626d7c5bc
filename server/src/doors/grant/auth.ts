/** Registering, verifying, logging in, refreshing, logging out; the accounts of who is logged in. */
import { Type } from 'typebox';
import { joinByDomain } from '../../domain/domains/join-by-domain.ts';
import { refuse } from '../../domain/refusal.ts';
import { checkPassword } from '../../domain/users/check-password.ts';
import { strangerOf } from '../client.ts';
import { accountsOf, addAccount, personalAccount } from './accounts.ts';
import { actorOf, findPerson, personOf, verifiedOf } from './caller.ts';
import { invalidField } from './errors.ts';
import { register, verify } from './registrations.ts';
import { type Route, route } from './route.ts';
import { addressIn, Email, Name, Password } from './schema.ts';
import { endSession, openSession, refresh } from './sessions.ts';

const Credentials = {
  provider: Type.String({ enum: ['email'] }),
  providerId: Email,
  providerData: Type.Object({ password: Password }),
};

const system = { kind: 'system', id: 'grant' } as const;

export const authRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/auth/register',
    access: 'nobody',
    body: Type.Object({ ...Credentials, name: Name, type: Type.String({ enum: ['personal'] }) }),
    status: 201,
    async handle(call, { body }) {
      const { registration, ...tokens } = await register(call, {
        address: addressIn(body.providerId, 'providerId'),
        name: body.name.trim(),
        password: body.providerData.password,
      });
      const account = personalAccount({ ...registration, email: registration.address });
      return { account, ...tokens, requiresEmailVerification: true };
    },
  }),
  route({
    method: 'POST',
    path: '/auth/verify-email',
    access: 'somebody',
    body: Type.Object({ token: Type.String({ minLength: 1, maxLength: 256 }) }),
    status: 200,
    async handle({ door, caller }, { body }) {
      if (!caller?.registration) throw invalidField('token', 'The address is verified already');
      const { registration } = caller;
      const userId = await door.acting({ kind: 'invitee', id: registration.id }, (act) =>
        verify(act, registration, body.token),
      );
      const person = await findPerson(door.db, door.tenantId, userId);
      return { accounts: await accountsOf(door.db, door.tenantId, person ?? refuse('user.not_found')) };
    },
  }),
  route({
    method: 'POST',
    path: '/auth/login',
    access: 'nobody',
    body: Type.Object(Credentials),
    status: 200,
    async handle(call, { body }) {
      const { door } = call;
      const { password } = body.providerData;
      const identifier = addressIn(body.providerId, 'providerId');
      const userId = await door.acting(system, (act) =>
        checkPassword(act, { identifier, password, client: strangerOf(call.address) }),
      );
      await door.acting({ kind: 'user', id: userId }, (act) => joinByDomain(act, userId));
      const person = (await findPerson(door.db, door.tenantId, userId)) ?? refuse('user.suspended');
      const tokens = await door.acting(actorOf(person), (act) => openSession(door, act, { userId }));
      const accounts = await accountsOf(door.db, door.tenantId, person);
      return { account: accounts[0], accounts, ...tokens, requiresEmailVerification: !person.isVerified };
    },
  }),
  route({
    method: 'POST',
    path: '/auth/refresh',
    access: 'nobody',
    body: Type.Object({ refreshToken: Type.String({ minLength: 1, maxLength: 256 }) }),
    status: 200,
    handle: ({ door }, { body }) => door.acting(system, (act) => refresh(door, act, body.refreshToken)),
  }),
  route({
    method: 'POST',
    path: '/auth/logout',
    access: 'somebody',
    status: 200,
    async handle({ door, caller }) {
      await door.acting(system, (act) => endSession(act, caller!.sessionId));
      return {};
    },
  }),
  route({
    method: 'GET',
    path: '/me/accounts',
    access: 'person',
    status: 200,
    handle: ({ door, caller }) => accountsOf(door.db, door.tenantId, personOf(caller)),
  }),
  route({
    method: 'POST',
    path: '/me/accounts',
    access: 'verified',
    body: Type.Object({
      type: Type.Optional(Type.String({ enum: ['organization'] })),
      name: Type.Optional(Name),
    }),
    status: 201,
    handle({ door, caller }, { body }) {
      const person = verifiedOf(caller);
      return door.acting(actorOf(person), (act) => addAccount(act, person, body.name?.trim()));
    },
  }),
];
