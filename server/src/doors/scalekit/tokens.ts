/** API tokens, by their value or by their name here. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { Code, type ServiceImpl } from '@connectrpc/connect';
import { type Queries, sql } from '../../db/db.ts';
import {
  type ApiToken,
  apiTokenColumns,
  changeApiToken,
  checkApiToken,
  createApiToken,
  invalidateApiToken,
  isActive,
  type TokenName,
} from '../../domain/api-tokens/api-tokens.ts';
import { getOrganization } from '../../domain/organizations/organizations.ts';
import { Refusal, type RefusalCode } from '../../domain/refusal.ts';
import { namedRoles, templateOf } from '../../domain/roles/template.ts';
import { callOf } from './calls.ts';
import type { ApiTokenService, TokenSchema } from './descriptors.ts';
import type { ScalekitDoor } from './door.ts';
import { failed, invalid } from './errors.ts';
import { idOf, numbered } from './ids.ts';
import { pageOf, pagesOf, within } from './paging.ts';
import { timestampOf } from './times.ts';

export const tokens = ({
  db,
  tenantId,
  ids,
  clock,
}: ScalekitDoor): Partial<ServiceImpl<typeof ApiTokenService>> => {
  /** With what is known of whom it stands for, as it is now. */
  async function presented(queries: Queries, all: readonly ApiToken[]): Promise<Shown[]> {
    const standings = new Map((await standingsOf(queries, tenantId, all)).map((row) => [row.id, row]));
    return Promise.all(
      all.map(async (token) => {
        const standing = standings.get(token.id);
        const template = standing && (await templateOf(queries, tenantId, standing.version));
        return {
          tokenId: numbered('apit_', token.id),
          organizationId: ids.organizationName(token.organizationId),
          organizationExternalId: standing?.organizationExternalId ?? '',
          customClaims: { ...token.customClaims },
          createdAt: timestampOf(token.createdAt),
          tokenSuffix: token.suffix,
          roles: template ? namedRoles(template, standing.roleIds).map(({ name }) => name) : [],
          ...(token.description === null ? {} : { description: token.description }),
          ...(token.expiresAt === null ? {} : { expiry: timestampOf(token.expiresAt) }),
          ...(token.userId === null ? {} : { userId: ids.userName(token.userId) }),
          ...(standing?.email ? { email: standing.email } : {}),
          ...(standing?.userExternalId ? { userExternalId: standing.userExternalId } : {}),
        };
      }),
    );
  }

  return {
    async createToken({ token }, context) {
      if (!token?.organizationId) throw invalid('token.organization_id', 'is required');
      const input = {
        organizationId: await ids.organization(token.organizationId),
        userId: token.userId === '' ? undefined : await ids.user(token.userId),
        description: token.description,
        customClaims: token.customClaims,
        expiresAt: token.expiry && timestampMs(token.expiry),
      };
      const { value, token: made } = await callOf(context).act((act) => createApiToken(act, input));
      const [tokenInfo] = await presented(db, [made]);
      return { token: value, tokenId: numbered('apit_', made.id), tokenInfo };
    },
    async validateToken({ token }, context) {
      const found = await callOf(context)
        .act((act) => checkApiToken(act, nameOf(token)))
        .catch(meansNothing);
      const [tokenInfo] = await presented(db, [found]);
      return { tokenInfo };
    },
    async invalidateToken({ token }, context) {
      await callOf(context).act((act) => invalidateApiToken(act, nameOf(token)));
      return {};
    },
    async updateToken({ token, customClaims, description }, context) {
      const isSent = Object.keys(customClaims).length > 0;
      const changed = await callOf(context).act((act) =>
        changeApiToken(act, nameOf(token), { description, ...(isSent ? { customClaims } : {}) }),
      );
      const [tokenInfo] = await presented(db, [changed]);
      return { tokenInfo };
    },
    async listTokens({ organizationId, userId, pageSize, pageToken }) {
      const organization = await ids.organization(organizationId);
      const user = userId ? await ids.user(userId) : null;
      const page = pageOf({ pageSize, pageToken }, `tokens:${organizationId}:${userId ?? ''}`, 30);
      const { condition, order, limit } = within(page, [sql`k.created_at`, sql`k.id`], 'desc');
      const where = sql`k.tenant_id = ${tenantId} and k.organization_id = ${organization} and (${user}::text is null or k.user_id = ${user})
        and ${isActive(clock())}`;
      const [rows, count] = await Promise.all([
        db.rows<ApiToken>(
          sql`select ${apiTokenColumns} from api_tokens k where ${where} and ${condition} order by ${order} ${limit}`,
        ),
        db.first<{ total: number }>(sql`select count(*) as total from api_tokens k where ${where}`),
        getOrganization(db, tenantId, organization),
      ]);
      const { items, ...neighbours } = pagesOf(page, rows, ({ createdAt, id }) => [createdAt, id]);
      return { ...neighbours, tokens: await presented(db, items), totalCount: count!.total };
    },
  };
};

type Shown = MessageInitShape<typeof TokenSchema>;

type Standing = {
  id: string;
  version: number;
  roleIds: string[];
  email: string | null;
  userExternalId: string | null;
  organizationExternalId: string | null;
};

const standingsOf = (db: Queries, tenantId: string, all: readonly ApiToken[]): Promise<Standing[]> =>
  db.rows<Standing>(sql`
    select k.id, t.template_version as version, u.primary_email as email, u.external_id as "userExternalId", o.external_id as "organizationExternalId",
           coalesce(m.role_ids, '{}') as "roleIds"
      from api_tokens k
      join tenants t on t.id = k.tenant_id
      join organizations o on o.tenant_id = k.tenant_id and o.id = k.organization_id
      left join users u on u.tenant_id = k.tenant_id and u.id = k.user_id
      left join members m on m.tenant_id = k.tenant_id and m.organization_id = k.organization_id and m.user_id = k.user_id
     where k.tenant_id = ${tenantId} and k.id = any(${all.map(({ id }) => id)}::text[])`);

function nameOf(token: string): TokenName {
  if (token === '') throw invalid('token', 'is required');
  const id = idOf('apit_', token);
  return id === undefined ? { value: token } : { id };
}

/** What the token stands for is gone, for now or for good: that is said, and that it is no matter of the caller's. */
const lapsed: ReadonlySet<RefusalCode> = new Set([
  'organization.disabled',
  'user.suspended',
  'user.not_found',
  'member.suspended',
  'member.not_found',
]);

function meansNothing(error: unknown): never {
  if (error instanceof Refusal && lapsed.has(error.code))
    throw failed(Code.PermissionDenied, 'PERMISSION_DENIED', error.message);
  throw error;
}
