/** Clients of organizations. Every one is looked for in the organization that is named with it. */
import { randomInt } from 'node:crypto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import { sql } from '../../db/db.ts';
import {
  addClientSecret,
  type ClientInput,
  type ClientSecret,
  changeClient,
  clientColumns,
  clientsWithApplications,
  createClient,
  deleteClient,
  getClient,
  type OrganizationClient,
  removeClientSecret,
} from '../../domain/clients/organization-clients.ts';
import { getOrganization } from '../../domain/organizations/organizations.ts';
import { callOf } from './calls.ts';
import { inputOf } from './clients/input.ts';
import {
  type ClientSecretSchema,
  ClientSecretStatus,
  type ClientService,
  type M2MClientSchema,
} from './descriptors.ts';
import type { ScalekitDoor } from './door.ts';
import { pageOf, pagesOf, within } from './paging.ts';
import { timestampOf } from './times.ts';

export const clients = (door: ScalekitDoor): Partial<ServiceImpl<typeof ClientService>> => {
  const { db, tenantId, ids, keys, clock } = door;
  const shown = (client: OrganizationClient) => presented(door, client);

  return {
    async createOrganizationClient({ organizationId, client }, context) {
      const organization = await ids.organization(organizationId);
      const input: ClientInput = { name: '', description: null, ...inputOf(client!) };
      const made = await callOf(context).act((act) =>
        createClient(act, keys, organization, {
          ...input,
          id: newName('m2morg_', clock()),
          secretName: newName('sec_', clock()),
        }),
      );
      return { client: shown(made.client), plainSecret: made.secret };
    },
    async getOrganizationClient({ organizationId, clientId }) {
      const organization = await ids.organization(organizationId);
      return { client: shown(await getClient(db, tenantId, organization, clientId)) };
    },
    async updateOrganizationClient({ organizationId, clientId, client }, context) {
      const organization = await ids.organization(organizationId);
      const change = inputOf(client!);
      return {
        client: shown(await callOf(context).act((act) => changeClient(act, organization, clientId, change))),
      };
    },
    async deleteOrganizationClient({ organizationId, clientId }, context) {
      const organization = await ids.organization(organizationId);
      await callOf(context).act((act) => deleteClient(act, organization, clientId));
      return {};
    },
    async createOrganizationClientSecret({ organizationId, clientId }, context) {
      const organization = await ids.organization(organizationId);
      const name = newName('sec_', clock());
      const { secret, value } = await callOf(context).act((act) =>
        addClientSecret(act, keys, organization, clientId, name),
      );
      return { plainSecret: value, secret: secretOf(secret, clock()) };
    },
    async deleteOrganizationClientSecret({ organizationId, clientId, secretId }, context) {
      const organization = await ids.organization(organizationId);
      await callOf(context).act((act) => removeClientSecret(act, organization, clientId, secretId));
      return {};
    },
    async listOrganizationClients({ organizationId, pageSize, pageToken }) {
      const organization = await ids.organization(organizationId);
      const page = pageOf({ pageSize, pageToken }, `clients:${organizationId}`);
      const { condition, order, limit } = within(page, [sql`c.created_at`, sql`c.application_id`], 'desc');
      const where = sql`c.tenant_id = ${tenantId} and c.organization_id = ${organization}`;
      const [rows, count] = await Promise.all([
        db.rows<OrganizationClient>(sql`
          select ${clientColumns} from ${clientsWithApplications} where ${where} and ${condition} order by ${order} ${limit}`),
        db.first<{ total: number }>(sql`select count(*) as total from organization_clients c where ${where}`),
        getOrganization(db, tenantId, organization),
      ]);
      const { items, ...tokens } = pagesOf(page, rows, ({ createdAt, id }) => [createdAt, id]);
      return { ...tokens, clients: items.map(shown), totalSize: count!.total };
    },
  };
};

/** Digits that nobody had before: names of clients have 32 characters at most. */
const newName = (prefix: 'm2morg_' | 'sec_', at: number): string =>
  `${prefix}${at}${String(randomInt(1e12)).padStart(12, '0')}`;

const presented = (
  { ids, clock }: ScalekitDoor,
  client: OrganizationClient,
): MessageInitShape<typeof M2MClientSchema> => ({
  clientId: client.id,
  organizationId: ids.organizationName(client.organizationId),
  name: client.name,
  description: client.description ?? '',
  createTime: timestampOf(client.createdAt),
  updateTime: timestampOf(client.updatedAt),
  scopes: [...client.scopes],
  audience: [...client.audience],
  customClaims: [...client.customClaims],
  expiry: BigInt(client.tokenLifeS),
  secrets: client.secrets.map((secret) => secretOf(secret, clock())),
});

const secretOf = (
  { name, suffix, createdAt, expiresAt, lastUsedAt }: ClientSecret,
  at: number,
): MessageInitShape<typeof ClientSecretSchema> => ({
  id: name,
  secretSuffix: suffix,
  createTime: timestampOf(createdAt),
  updateTime: timestampOf(createdAt),
  status: expiresAt !== null && expiresAt <= at ? ClientSecretStatus.INACTIVE : ClientSecretStatus.ACTIVE,
  expireTime: timestampOf(expiresAt),
  lastUsedTime: timestampOf(lastUsedAt),
});
