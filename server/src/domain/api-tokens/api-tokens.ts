/**
 * API tokens: what an application hands to an organization, or to one person in it, so that their scripts can call the
 * application. It brings a token here to hear what it means. The value is shown once; stored is its SHA-256.
 *
 * A token means something only while its organization is enabled and its person is a member there who is not suspended;
 * that is looked at each time. What was invalidated stays so.
 */
import { hash, randomBytes } from 'node:crypto';
import type { Act } from '../../act.ts';
import { type Queries, type Statement, sql } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { newId } from '../ids.ts';
import { refuse } from '../refusal.ts';

export type ApiToken = {
  readonly id: string;
  readonly organizationId: string;
  readonly userId: string | null;
  readonly suffix: string;
  readonly description: string | null;
  readonly customClaims: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly invalidatedAt: number | null;
  readonly lastUsedAt: number | null;
};

/** Which token: by its id, or by its value. */
export type TokenName = { readonly id: string } | { readonly value: string };

/** The columns of a row `k`. */
export const apiTokenColumns = sql`k.id, k.organization_id as "organizationId", k.user_id as "userId", k.suffix, k.description,
  k.custom_claims as "customClaims", k.created_at as "createdAt", k.expires_at as "expiresAt",
  k.invalidated_at as "invalidatedAt", k.last_used_at as "lastUsedAt"`;

const valueForm = /^uat_[\w-]{43}$/;
const usedEveryMs = 60_000;

/**
 * Refuses: api_token.expiry_past, organization.not_found, organization.disabled, user.not_found, user.suspended,
 * member.not_found (also of a membership that is over), member.suspended.
 */
export async function createApiToken(
  act: Act,
  input: {
    readonly organizationId: string;
    readonly userId?: string | undefined;
    readonly description?: string | undefined;
    readonly customClaims: Readonly<Record<string, string>>;
    readonly expiresAt?: number | undefined;
  },
): Promise<{ value: string; token: ApiToken }> {
  const { organizationId, userId = null, expiresAt = null } = input;
  if (expiresAt !== null && expiresAt <= act.at) refuse('api_token.expiry_past', { expiresAt });
  const value = `uat_${randomBytes(32).toString('base64url')}`;
  const token = await act.db.first<ApiToken>(sql`
    with k as (
      insert into api_tokens (tenant_id, id, organization_id, user_id, digest, suffix, description, custom_claims, created_at, expires_at)
      select o.tenant_id, ${newId(act.at)}, o.id, ${userId}, ${digestOf(value)}, ${value.slice(-4)}, ${input.description || null},
             ${input.customClaims}::jsonb, ${act.at}::bigint, ${expiresAt}::bigint
        from organizations o where o.tenant_id = ${act.tenantId} and o.id = ${organizationId} and o.disabled_at is null
         and (${userId}::text is null or ${isLiveMember(sql`${userId}::text`, act.at)})
      returning *
    ), happened as (
      select organization_id, id as subject_id, ${detail} as data from k
    ), ${recorded(act, 'api_token.created')}
    select ${apiTokenColumns} from k`);
  if (!token) return explain(act, organizationId, userId);
  return { value, token };
}

/**
 * What the token means, if anything. Refuses: api_token.not_found, api_token.invalidated, api_token.expired,
 * organization.disabled, user.suspended, member.not_found, member.suspended.
 */
export async function checkApiToken(act: Act, name: TokenName): Promise<ApiToken> {
  const found = await act.db.first<ApiToken & { lives: boolean }>(sql`
    select ${apiTokenColumns}, o.disabled_at is null and (k.user_id is null or ${isLiveMember(sql`k.user_id`, act.at)}) as lives
      from api_tokens k join organizations o on o.tenant_id = k.tenant_id and o.id = k.organization_id
     where k.tenant_id = ${act.tenantId} and ${named(name)}`);
  if (!found) refuse('api_token.not_found');
  const { lives, ...token } = found;
  if (token.invalidatedAt !== null) refuse('api_token.invalidated', { id: token.id });
  if (token.expiresAt !== null && token.expiresAt <= act.at) refuse('api_token.expired', { id: token.id });
  if (!lives) return explain(act, token.organizationId, token.userId);
  if (act.at - (token.lastUsedAt ?? 0) >= usedEveryMs) {
    await act.db.run(sql`
      update api_tokens set last_used_at = ${act.at} where tenant_id = ${act.tenantId} and id = ${token.id}
         and coalesce(last_used_at, 0) <= ${act.at - usedEveryMs}`);
  }
  return token;
}

/** For good. A token that is invalid already stays as it is. Refuses: api_token.not_found. */
export async function invalidateApiToken(act: Act, name: TokenName): Promise<void> {
  const row = await act.db.first<{ id: string }>(sql`
    with k as (
      update api_tokens k set invalidated_at = ${act.at} where k.tenant_id = ${act.tenantId} and ${named(name)} and invalidated_at is null
      returning *
    ), happened as (
      select organization_id, id as subject_id, ${detail} as data from k
    ), ${recorded(act, 'api_token.invalidated')}
    select k.id from api_tokens k where k.tenant_id = ${act.tenantId} and ${named(name)}`);
  if (!row) refuse('api_token.not_found');
}

/**
 * Replaces what is given, whole. Only a live token is changed. Refuses: api_token.not_found, api_token.invalidated,
 * api_token.expired.
 */
export async function changeApiToken(
  act: Act,
  name: TokenName,
  change: {
    readonly description?: string | undefined;
    readonly customClaims?: Readonly<Record<string, string>> | undefined;
  },
): Promise<ApiToken> {
  const { description, customClaims } = change;
  const token = await act.db.first<ApiToken>(sql`
    with k as (
      update api_tokens k set custom_claims = coalesce(${customClaims ?? null}::jsonb, custom_claims),
             description = case when ${description !== undefined}::boolean then ${description || null} else description end
       where k.tenant_id = ${act.tenantId} and ${named(name)} and invalidated_at is null and coalesce(expires_at > ${act.at}, true)
      returning *
    ), happened as (
      select organization_id, id as subject_id, ${detail} as data from k
    ), ${recorded(act, 'api_token.updated')}
    select ${apiTokenColumns} from k`);
  if (token) return token;
  const found = await act.db.first<ApiToken>(
    sql`select ${apiTokenColumns} from api_tokens k where k.tenant_id = ${act.tenantId} and ${named(name)}`,
  );
  if (!found) refuse('api_token.not_found');
  return refuse(found.invalidatedAt === null ? 'api_token.expired' : 'api_token.invalidated', {
    id: found.id,
  });
}

/** Of what still means something by itself: neither invalidated nor expired. */
export const isActive = (at: number): Statement =>
  sql`k.invalidated_at is null and coalesce(k.expires_at > ${at}, true)`;

const digestOf = (value: string): Buffer => hash('sha256', value, 'buffer');

/** What has not the form of a value is not looked for by it. */
function named(name: TokenName): Statement {
  if ('id' in name) return sql`k.id = ${name.id}`;
  return valueForm.test(name.value) ? sql`k.digest = ${digestOf(name.value)}` : sql`false`;
}

const isLiveMember = (userId: Statement, at: number): Statement => sql`exists (
  select from members m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id and u.suspended_at is null
   where m.tenant_id = o.tenant_id and m.organization_id = o.id and m.user_id = ${userId} and m.suspended_at is null
     and coalesce(m.expires_at > ${at}, true))`;

const detail = sql`jsonb_build_object('tokenId', id, 'userId', user_id)`;

type Facts = {
  disabled: boolean;
  person: boolean;
  suspended: boolean;
  member: boolean;
  memberSuspended: boolean;
};

async function explain(
  { db, tenantId, at }: Act,
  organizationId: string,
  userId: string | null,
): Promise<never> {
  const facts = await factsOf(db, tenantId, organizationId, userId, at);
  if (!facts) refuse('organization.not_found', { id: organizationId });
  if (facts.disabled) refuse('organization.disabled', { id: organizationId });
  if (!facts.person) refuse('user.not_found', { id: userId });
  if (facts.suspended) refuse('user.suspended', { id: userId });
  return refuse(facts.memberSuspended ? 'member.suspended' : 'member.not_found', {
    organizationId,
    id: userId,
  });
}

const factsOf = (db: Queries, tenantId: string, organizationId: string, userId: string | null, at: number) =>
  db.first<Facts>(sql`
    select o.disabled_at is not null as disabled, u.id is not null as person, u.suspended_at is not null as suspended,
           m.user_id is not null and coalesce(m.expires_at > ${at}, true) as member, m.suspended_at is not null as "memberSuspended"
      from organizations o
      left join users u on u.tenant_id = o.tenant_id and u.id = ${userId}
      left join members m on m.tenant_id = o.tenant_id and m.organization_id = o.id and m.user_id = u.id
     where o.tenant_id = ${tenantId} and o.id = ${organizationId}`);
