/** What applications are told about a person, by the scopes that they were given. */
import { namedRoles, type Template } from '../../domain/roles/template.ts';
import type { Membership, PersonFacts } from './person-standing.ts';

type Claims = Record<string, unknown>;

export type Known = {
  readonly facts: PersonFacts;
  readonly roles: readonly string[];
  readonly memberships: readonly Membership[];
  readonly template: Template | undefined;
};

/** The claims of the ID token. Userinfo says the same and more. */
export function claimsOf(
  { facts, roles, memberships, template }: Known,
  scopes: ReadonlySet<string>,
): Claims {
  return {
    ...(scopes.has('profile') ? profileOf(facts) : {}),
    ...(scopes.has('email') ? { email: facts.email, email_verified: facts.emailVerifiedAt !== null } : {}),
    // Nobody proves a telephone number here.
    ...(scopes.has('phone') ? { phone_number: facts.phone, phone_number_verified: false } : {}),
    ...(scopes.has('address') && facts.profile.address ? { address: facts.profile.address } : {}),
    ...(scopes.has('roles') ? { roles } : {}),
    ...(scopes.has('urn:logto:scope:organizations')
      ? { organizations: memberships.map(({ id }) => id) }
      : {}),
    ...(scopes.has('urn:logto:scope:organization_roles') && template
      ? {
          organization_roles: memberships.flatMap(({ id, roles: roleIds }) =>
            namedRoles(template, roleIds).map((role) => `${id}:${role.name}`),
          ),
        }
      : {}),
  };
}

const standardClaims = {
  familyName: 'family_name',
  givenName: 'given_name',
  middleName: 'middle_name',
  nickname: 'nickname',
  preferredUsername: 'preferred_username',
  profile: 'profile',
  website: 'website',
  gender: 'gender',
  birthdate: 'birthdate',
  zoneinfo: 'zoneinfo',
  locale: 'locale',
} as const;

function profileOf({ name, username, avatar, profile, createdAt, updatedAt }: PersonFacts): Claims {
  const claims: Claims = { name, username, picture: avatar };
  for (const [field, claim] of Object.entries(standardClaims)) {
    if (typeof profile[field] === 'string' && profile[field] !== '') claims[claim] = profile[field];
  }
  if (username !== null) claims.preferred_username ??= username;
  return { ...claims, created_at: seconds(createdAt), updated_at: seconds(updatedAt) };
}

const seconds = (ms: number): number => Math.floor(ms / 1000);
