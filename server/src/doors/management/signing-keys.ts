import { Type } from 'typebox';
import { findSigningKeys, retireSigningKey } from '../../domain/signing-keys/signing-keys.ts';
import { DoorError } from './errors.ts';
import { routesOf } from './route.ts';
import { Id } from './schema.ts';

const SigningKey = Type.Object({
  id: Type.String(),
  signingKeyAlgorithm: Type.String(),
  createdAt: Type.Integer(),
  activeAt: Type.Integer({ description: 'It signs from this time on' }),
});
const route = routesOf('Signing keys');

export const signingKeyRoutes = [
  route({
    method: 'GET',
    path: '/configs/oidc/private-keys',
    summary: 'List the keys that tokens are signed with, newest first; never the keys themselves',
    success: [200, Type.Array(SigningKey)],
    async handle({ db, tenantId, services, at }) {
      const keys = await findSigningKeys(db, services.keys, tenantId, at);
      return keys.reverse().map(({ algorithm, ...key }) => ({ ...key, signingKeyAlgorithm: algorithm }));
    },
  }),
  route({
    method: 'POST',
    path: '/configs/oidc/private-keys/rotate',
    summary: 'Publish a new signing key',
    description:
      'It is published at once and signs three hours later, when every verifier has seen it; the old one stays published until the last token it signed has expired.',
    success: [200, Type.Object({ id: Type.String() })],
    handle: async ({ services }) => ({ id: await services.rotateSigningKeys() }),
  }),
  route({
    method: 'DELETE',
    path: '/configs/oidc/private-keys/:id',
    summary: 'Withdraw a signing key at once, with every token that it signed',
    description:
      'For a key that must not be trusted any more. When no other key signs, a new one starts now.',
    params: Type.Object({ id: Id }),
    success: [204, null],
    async handle({ act, params, services }) {
      const isGone = await act((a) =>
        retireSigningKey(a, services.keys, params.id, services.signingAlgorithm),
      );
      if (!isGone)
        throw new DoorError(404, 'entity.not_found', 'There is no such signing key.', { id: params.id });
    },
  }),
];
