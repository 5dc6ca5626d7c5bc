import { Type } from 'typebox';
import { normalAddress } from '../../domain/address.ts';
import {
  changeConnector,
  deleteConnector,
  findConnectors,
  getConnector,
  type StoredConnector,
  setConnector,
} from '../../domain/mail/connectors.ts';
import type { Connector } from '../../outbox/mail/connector.ts';
import {
  checkConfig,
  connectorFactories,
  findConnector,
  maskConfig,
  mergeMasked,
  SecretWithheld,
} from '../../outbox/mail/registry.ts';
import { DoorError, invalidField } from './errors.ts';
import { routesOf } from './route.ts';
import { Id, Json, NullableText, Text } from './schema.ts';

const factoryFields = {
  type: Type.String(),
  target: Type.String(),
  platform: NullableText(),
  name: Json,
  description: Json,
  logo: Type.String(),
  logoDark: NullableText(),
  readme: Type.String(),
  configTemplate: Type.Optional(Type.String()),
  formItems: Type.Optional(Type.Array(Json)),
};
const Factory = Type.Object({ id: Type.String(), ...factoryFields });
const ConnectorEntity = Type.Object({
  ...factoryFields,
  id: Type.String(),
  connectorId: Type.String(),
  syncProfile: Type.Boolean(),
  enableTokenStorage: Type.Boolean(),
  metadata: Json,
  config: Json,
});
const ConnectorPath = Type.Object({ id: Id });
const ConnectorId = Type.String({ minLength: 1, maxLength: 128, pattern: '^[\\w-]+$' });
const route = routesOf('E-mail connectors');

const unknownFactory = {
  get: [404, 'entity.not_exists_with_id'],
  set: [422, 'connector.not_found_with_connector_id'],
  test: [400, 'connector.not_found'],
} as const;

function mustFactory(factoryId: string, asked: keyof typeof unknownFactory): Connector {
  const factory = findConnector(factoryId);
  if (factory) return factory;
  const [status, code] = unknownFactory[asked];
  throw new DoorError(status, code, `There is no connector "${factoryId}".`, { connectorId: factoryId });
}

/** The configuration as it is stored; dots in the place of a secret stand for the one stored before. */
function mustConfig(
  factory: Connector,
  given: Record<string, unknown>,
  before?: Record<string, unknown>,
): Record<string, unknown> {
  let merged: Record<string, unknown>;
  try {
    merged = mergeMasked(factory, given, before ?? {});
  } catch (error) {
    if (!(error instanceof SecretWithheld)) throw error;
    throw new DoorError(400, 'connector.invalid_config', error.message, {
      problems: [{ field: error.field, message: error.message }],
    });
  }
  const { config, problems } = checkConfig(factory, merged);
  if (!config)
    throw new DoorError(400, 'connector.invalid_config', 'The configuration does not fit the connector.', {
      problems,
    });
  return config;
}

/** Secrets are never shown again. */
function present(stored: StoredConnector) {
  const factory = findConnector(stored.connectorId)!;
  const { id: _, ...metadata } = factory.metadata;
  return { ...metadata, ...stored, config: maskConfig(factory, stored.config) };
}

export const connectorRoutes = [
  route({
    method: 'GET',
    path: '/connectors',
    summary: 'List e-mail connectors; secrets are masked',
    query: Type.Object({ target: Type.Optional(Type.String({ maxLength: 128 })) }),
    success: [200, Type.Array(ConnectorEntity)],
    async handle({ db, tenantId, services, query }) {
      const connectors = (await findConnectors(db, services.keys, tenantId)).map(present);
      return query.target ? connectors.filter((connector) => connector.target === query.target) : connectors;
    },
  }),
  route({
    method: 'POST',
    path: '/connectors',
    summary: 'Set the e-mail connector, in place of the one before',
    body: Type.Object({
      connectorId: ConnectorId,
      config: Type.Optional(Json),
      metadata: Type.Optional(Json),
      syncProfile: Type.Optional(Type.Boolean()),
      enableTokenStorage: Type.Optional(Type.Boolean()),
      id: Type.Optional(ConnectorId),
    }),
    success: [200, ConnectorEntity],
    handle: ({ act, body, services }) => {
      const factory = mustFactory(body.connectorId, 'set');
      const config = mustConfig(factory, body.config ?? {});
      const { id, connectorId, metadata, syncProfile, enableTokenStorage } = body;
      return act(async (a) =>
        present(
          await setConnector(a, services.keys, {
            id,
            connectorId,
            metadata,
            syncProfile,
            enableTokenStorage,
            config,
          }),
        ),
      );
    },
  }),
  route({
    method: 'GET',
    path: '/connectors/:id',
    summary: 'Get an e-mail connector; secrets are masked',
    params: ConnectorPath,
    success: [200, ConnectorEntity],
    handle: async ({ db, tenantId, params, services }) =>
      present(await getConnector(db, services.keys, tenantId, params.id)),
  }),
  route({
    method: 'PATCH',
    path: '/connectors/:id',
    summary: 'Change an e-mail connector; config is replaced whole, a masked secret stays',
    params: ConnectorPath,
    body: Type.Object({
      config: Type.Optional(Json),
      metadata: Type.Optional(Json),
      syncProfile: Type.Optional(Type.Boolean()),
    }),
    success: [200, ConnectorEntity],
    async handle({ act, db, tenantId, params, body, services }) {
      const before = await getConnector(db, services.keys, tenantId, params.id);
      const config =
        body.config && mustConfig(mustFactory(before.connectorId, 'set'), body.config, before.config);
      return act(async (a) =>
        present(
          await changeConnector(a, services.keys, params.id, {
            config,
            metadata: body.metadata,
            syncProfile: body.syncProfile,
          }),
        ),
      );
    },
  }),
  route({
    method: 'DELETE',
    path: '/connectors/:id',
    summary: 'Delete an e-mail connector',
    params: ConnectorPath,
    success: [204, null],
    handle: ({ act, params }) => act((a) => deleteConnector(a, params.id)),
  }),
  route({
    method: 'POST',
    path: '/connectors/:factoryId/test',
    summary: 'Send a test mail with a configuration that is not stored',
    isOutside: true,
    params: Type.Object({ factoryId: Id }),
    body: Type.Object({
      email: Type.Optional(Text(1, 512)),
      phone: Type.Optional(Text(1, 64)),
      config: Json,
      locale: Type.Optional(Type.String({ maxLength: 64 })),
    }),
    success: [204, null],
    async handle({ params, body, services }) {
      const factory = mustFactory(params.factoryId, 'test');
      const to = normalAddress(body.email ?? '');
      if (!to) throw invalidField('body.email', 'Not an e-mail address');
      await services.testConnector({
        factoryId: factory.factoryId,
        to,
        config: mustConfig(factory, body.config),
        locale: body.locale,
      });
    },
  }),
  route({
    method: 'GET',
    path: '/connector-factories',
    summary: 'List what connectors can be made of',
    success: [200, Type.Array(Factory)],
    handle: async () => Object.values(connectorFactories).map((factory) => factory.metadata),
  }),
  route({
    method: 'GET',
    path: '/connector-factories/:id',
    summary: 'Get one kind of connector',
    params: ConnectorPath,
    success: [200, Factory],
    handle: async ({ params }) => mustFactory(params.id, 'get').metadata,
  }),
];
