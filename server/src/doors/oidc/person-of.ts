/**
 * Whose own token this is: an opaque access token with the scope `openid`, or a token of an organization to which the
 * person belongs. Only of applications of the tenant itself: what somebody else's was let see is no leave to act for the
 * person. Everything is judged now, as introspection does: the application, the grant, the person, the membership.
 */
import { decodeJwt } from 'jose';
import type { Clock } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import { digestOfToken } from './adapter.ts';
import { corsOriginsOf, redirectUrisOf } from './clients.ts';
import { mayCallFrom } from './cors.ts';
import { type Credentials, storable } from './credentials.ts';
import { organizationAudience } from './indicators.ts';
import { holds, type Source } from './person-standing.ts';
import { grantOf } from './person-token.ts';
import type { Claims } from './verify.ts';

export type OwnToken = {
  readonly userId: string;
  /** How the person signed in, where the sign-in is still there. */
  readonly methods: readonly string[];
  /** Whether pages of this origin may call with it. */
  mayCallFrom(origin: string): boolean;
};

type Options = {
  readonly db: Queries;
  readonly tenantId: string;
  readonly clock: Clock;
  readonly publicUrl: string;
  readonly verify: (token: string) => Claims | Promise<Claims>;
};

type Registered = Pick<Credentials, 'oidcClientMetadata' | 'customClientMetadata'>;
const registered = sql`a.oidc_client_metadata as "oidcClientMetadata", a.custom_client_metadata as "customClientMetadata"`;

const callable = (application: Registered, publicUrl: string) => (origin: string) =>
  mayCallFrom(
    origin,
    {
      redirectUris: redirectUrisOf(application as Credentials),
      origins: corsOriginsOf(application as Credentials),
    },
    publicUrl,
  );

/** Undefined when it is nobody's. */
export const personOf = (options: Options, token: string): Promise<OwnToken | undefined> =>
  token.includes('.') ? ofOrganization(options, token) : ofOpaque(options, token);

async function ofOpaque(
  { db, tenantId, clock, publicUrl }: Options,
  token: string,
): Promise<OwnToken | undefined> {
  const at = clock();
  const row = await db.first<Registered & { source: Source; userId: string; methods: string[] | null }>(sql`
    select s.payload as source, u.id as "userId", b.methods, ${registered}
      from oidc_records s
      join applications a on a.tenant_id = s.tenant_id and a.id = s.payload->>'clientId' and not a.is_third_party
      join oidc_records g on g.tenant_id = s.tenant_id and g.model = 'Grant' and g.id = s.grant_id and g.expires_at > ${at}
       and g.account_id = s.account_id
      join users u on u.tenant_id = s.tenant_id and u.id = s.account_id and u.suspended_at is null
      left join sessions b on b.tenant_id = s.tenant_id and b.uid = s.payload->>'sessionUid' and b.user_id = u.id and b.expires_at > ${at}
     where s.tenant_id = ${tenantId} and s.model = 'AccessToken' and s.id = ${digestOfToken(token)} and s.expires_at > ${at}`);
  if (!row?.source.scope?.split(' ').includes('openid')) return undefined;
  if (row.source.expiresWithSession && row.methods === null) return undefined;
  return { userId: row.userId, methods: row.methods ?? [], mayCallFrom: callable(row, publicUrl) };
}

async function ofOrganization(options: Options, token: string): Promise<OwnToken | undefined> {
  const { db, tenantId, clock, publicUrl } = options;
  const claims = await verified(options, token);
  const { organizationId } = claims ?? {};
  if (!claims || organizationId === undefined || claims.aud !== organizationAudience(organizationId))
    return undefined;
  const at = clock();
  const grantId = grantOf(decodeJwt(token).jti ?? '') ?? '';
  const row = await db.first<Registered>(sql`
    select ${registered}
      from applications a
      join users u on u.tenant_id = a.tenant_id and u.id = ${storable(claims.sub)} and u.suspended_at is null
      join oidc_records g on g.tenant_id = a.tenant_id and g.model = 'Grant' and g.id = ${storable(grantId)} and g.expires_at > ${at}
       and g.account_id = u.id
      join members m on m.tenant_id = a.tenant_id and m.organization_id = ${storable(organizationId)} and m.user_id = u.id and ${holds(at)}
      join organizations o on o.tenant_id = m.tenant_id and o.id = m.organization_id and o.disabled_at is null
     where a.tenant_id = ${tenantId} and a.id = ${storable(claims.clientId)} and not a.is_third_party`);
  return row && { userId: claims.sub, methods: [], mayCallFrom: callable(row, publicUrl) };
}

async function verified({ verify }: Options, token: string): Promise<Claims | undefined> {
  try {
    return await verify(token);
  } catch (error) {
    if (error instanceof Error && error.name === 'TokenError') return undefined;
    throw error;
  }
}

/** Whether any application of the tenant's own calls from there: a preflight does not say with whose token it will come. */
export async function isKnownOrigin({ db, tenantId, publicUrl }: Options, origin: string): Promise<boolean> {
  const all = await db.rows<Registered>(
    sql`select ${registered} from applications a where a.tenant_id = ${tenantId} and not a.is_third_party`,
  );
  return all.some((application) => callable(application, publicUrl)(origin));
}
