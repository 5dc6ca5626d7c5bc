/**
 * Clients of an organization: machine-to-machine applications that act for one organization alone. A client is a bot of
 * it without roles; what its tokens say (scopes, audience, claims) means something to the tenant's own applications and
 * gives nothing here. It goes when it leaves the organization, and with the organization.
 */
import type { Act } from '../../act.ts';
import { type Queries, type Statement, sql } from '../../db/db.ts';
import { changeApplication, createApplication, deleteApplication } from '../applications/applications.ts';
import { createSecret, deleteSecret, type SecretKeys } from '../applications/secrets.ts';
import { newId } from '../ids.ts';
import { addHolders, bots } from '../members/holders.ts';
import { refuse } from '../refusal.ts';

type CustomClaim = { readonly key: string; readonly value: string };

/** What its tokens say. */
type ClientTokens = {
  readonly scopes: readonly string[];
  /** Of the tokens; none: the client itself. */
  readonly audience: readonly string[];
  readonly customClaims: readonly CustomClaim[];
  readonly tokenLifeS: number;
};

export type ClientSecret = {
  readonly name: string;
  readonly suffix: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  /** To the minute. */
  readonly lastUsedAt: number | null;
};

export type OrganizationClient = ClientTokens & {
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly description: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** By age. */
  readonly secrets: readonly ClientSecret[];
};

export type ClientInput = Pick<OrganizationClient, 'name' | 'description'> & Partial<ClientTokens>;

const defaultTokenLifeS = 3600;

/** The columns of a row `c` joined with its application `a`. */
export const clientColumns = sql`c.application_id as id, c.organization_id as "organizationId", a.name, a.description, c.scopes, c.audience,
  c.custom_claims as "customClaims", c.token_life_s as "tokenLifeS", c.created_at as "createdAt", c.updated_at as "updatedAt",
  coalesce((select jsonb_agg(jsonb_build_object('name', s.name, 'suffix', coalesce(s.suffix, ''), 'createdAt', s.created_at,
                   'expiresAt', s.expires_at, 'lastUsedAt', s.last_used_at) order by s.created_at, s.name)
              from application_secrets s where s.tenant_id = c.tenant_id and s.application_id = c.application_id), '[]') as secrets`;

export const clientsWithApplications: Statement = sql`organization_clients c
  join applications a on a.tenant_id = c.tenant_id and a.id = c.application_id`;

/**
 * With one secret, whose value is told this once. Refuses: organization.not_found, organization.disabled.
 */
export function createClient(
  act: Act,
  keys: SecretKeys,
  organizationId: string,
  input: ClientInput & { readonly id?: string | undefined; readonly secretName?: string | undefined },
): Promise<{ client: OrganizationClient; secret: string }> {
  const id = input.id ?? newId(act.at);
  return act.atomically(async (tx) => {
    await mustExist(tx.db, act.tenantId, organizationId);
    const { secret } = await createApplication(tx, keys, {
      id,
      name: input.name,
      description: input.description,
      type: 'MachineToMachine',
      secretName: input.secretName,
    });
    await addHolders(tx, bots, organizationId, [id]);
    await tx.db.run(sql`
      insert into organization_clients (tenant_id, application_id, organization_id, scopes, audience, custom_claims, token_life_s, created_at, updated_at)
      values (${act.tenantId}, ${id}, ${organizationId}, ${input.scopes ?? []}::text[], ${input.audience ?? []}::text[],
              ${JSON.stringify(input.customClaims ?? [])}::jsonb, ${input.tokenLifeS ?? defaultTokenLifeS}, ${act.at}, ${act.at})`);
    return { client: await getClient(tx.db, act.tenantId, organizationId, id), secret: secret! };
  });
}

/** Refuses: application.not_found, also of a client of another organization. */
export async function getClient(
  db: Queries,
  tenantId: string,
  organizationId: string,
  id: string,
): Promise<OrganizationClient> {
  const client = await db.first<OrganizationClient>(sql`
    select ${clientColumns} from ${clientsWithApplications}
     where c.tenant_id = ${tenantId} and c.organization_id = ${organizationId} and c.application_id = ${id}`);
  return client ?? refuse('application.not_found', { id });
}

/** Replaces what is given, whole. Refuses: application.not_found. */
export function changeClient(
  act: Act,
  organizationId: string,
  id: string,
  change: Partial<ClientInput>,
): Promise<OrganizationClient> {
  return act.atomically(async (tx) => {
    await lock(tx, organizationId, id);
    const { scopes, audience, customClaims, tokenLifeS, ...named } = change;
    await changeApplication(tx, id, named);
    await tx.db.run(sql`
      update organization_clients set scopes = coalesce(${scopes ?? null}::text[], scopes),
             audience = coalesce(${audience ?? null}::text[], audience),
             custom_claims = coalesce(${customClaims ? JSON.stringify(customClaims) : null}::jsonb, custom_claims),
             token_life_s = coalesce(${tokenLifeS ?? null}::int, token_life_s), updated_at = ${act.at}
       where tenant_id = ${act.tenantId} and application_id = ${id}`);
    return getClient(tx.db, act.tenantId, organizationId, id);
  });
}

/** Refuses: application.not_found. */
export function deleteClient(act: Act, organizationId: string, id: string): Promise<void> {
  return act.atomically(async (tx) => {
    await lock(tx, organizationId, id);
    await deleteApplication(tx, id);
  });
}

/** The value is told this once. Refuses: application.not_found, application.secret_name_taken. */
export function addClientSecret(
  act: Act,
  keys: SecretKeys,
  organizationId: string,
  id: string,
  name: string,
): Promise<{ secret: ClientSecret; value: string }> {
  return act.atomically(async (tx) => {
    await lock(tx, organizationId, id);
    const { value } = await createSecret(tx, keys, id, { name });
    const { secrets } = await getClient(tx.db, act.tenantId, organizationId, id);
    return { secret: secrets.find((secret) => secret.name === name)!, value };
  });
}

/** Refuses: application.not_found, application.secret_not_found. */
export function removeClientSecret(
  act: Act,
  organizationId: string,
  id: string,
  name: string,
): Promise<void> {
  return act.atomically(async (tx) => {
    await lock(tx, organizationId, id);
    await deleteSecret(tx, id, name);
  });
}

/** What the token endpoint has to know, by one statement for each request; undefined when it is no client. */
export type ClientStanding = Pick<OrganizationClient, 'id' | 'organizationId'> &
  ClientTokens & {
    readonly isOrganizationEnabled: boolean;
  };

export const findClientStanding = (
  db: Queries,
  tenantId: string,
  id: string,
): Promise<ClientStanding | undefined> =>
  db.first<ClientStanding>(sql`
    select c.application_id as id, c.organization_id as "organizationId", c.scopes, c.audience, c.custom_claims as "customClaims",
           c.token_life_s as "tokenLifeS", o.disabled_at is null as "isOrganizationEnabled"
      from organization_clients c join organizations o on o.tenant_id = c.tenant_id and o.id = c.organization_id
     where c.tenant_id = ${tenantId} and c.application_id = ${id}`);

async function lock(
  { db, tenantId }: Pick<Act, 'db' | 'tenantId'>,
  organizationId: string,
  id: string,
): Promise<void> {
  const found = await db.first(sql`
    select application_id from organization_clients
     where tenant_id = ${tenantId} and organization_id = ${organizationId} and application_id = ${id} for update`);
  if (!found) refuse('application.not_found', { id });
}

async function mustExist(db: Queries, tenantId: string, organizationId: string): Promise<void> {
  const found = await db.first(
    sql`select id from organizations where tenant_id = ${tenantId} and id = ${organizationId}`,
  );
  if (!found) refuse('organization.not_found', { id: organizationId });
}
