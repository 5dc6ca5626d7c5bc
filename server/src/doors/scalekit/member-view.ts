/**
 * A person as this door shows them. What the door calls metadata is the text in the application's own data about the
 * person; names, locale and gender are the profile that OpenID Connect tells. First and last name are given and family
 * name said twice. A membership that is pending is an open invitation.
 */
import { create } from '@bufbuild/protobuf';
import type { Belonging, Person } from '../../domain/members/roster.ts';
import { effectiveScopes, namedRoles, type Template } from '../../domain/roles/template.ts';
import { MembershipStatus, type User, UserSchema } from './descriptors.ts';
import type { Ids } from './ids.ts';
import { environmentName, numbered } from './ids.ts';
import { timestampOf } from './times.ts';

type Texts = Readonly<Record<string, string>>;
type RoleView = { readonly id: string; readonly name: string; readonly displayName: string };

export type MembershipView = {
  readonly organizationId: string;
  readonly joinTime: number | null;
  readonly membershipStatus: MembershipStatus;
  readonly roles: readonly RoleView[];
  readonly name: string;
  readonly metadata: Texts;
  readonly inviterEmail: string | undefined;
  readonly createdAt: number;
  readonly acceptedAt: number | null;
  readonly expiresAt: number | null;
  readonly provisioningMethod: string | undefined;
  readonly permissions: readonly string[];
};

export type UserView = {
  readonly id: string;
  readonly environmentId: string;
  readonly createTime: number;
  readonly updateTime: number;
  readonly email: string;
  readonly externalId: string | undefined;
  readonly memberships: readonly MembershipView[];
  readonly userProfile: {
    readonly id: string;
    readonly givenName: string;
    readonly familyName: string;
    readonly name: string;
    readonly locale: string;
    readonly emailVerified: boolean;
    readonly phoneNumber: string;
    readonly preferredUsername: string;
    readonly picture: string;
    readonly gender: string;
  };
  readonly metadata: Texts;
  readonly lastLoginTime: number | null;
};

/** Makes views of people in one environment, with the roles of one version of the template. */
export function viewing(ids: Ids, tenantId: string, template: Template) {
  const environmentId = environmentName(tenantId);
  const given = new Map<string, Pick<MembershipView, 'roles' | 'permissions'>>();

  /** In a list the same few sets of roles come again and again. */
  function giving(roleIds: readonly string[]) {
    const key = roleIds.join();
    let found = given.get(key);
    if (!found) {
      const roles = namedRoles(template, roleIds).map(({ id, name }) => ({
        id: nameOfRole(id),
        name,
        displayName: template.roles.get(id)?.displayName ?? name,
      }));
      found = { roles, permissions: effectiveScopes(template, roleIds).map(({ name }) => name) };
      given.set(key, found);
    }
    return found;
  }

  const membership = (belonging: Belonging & { readonly organization: string }): MembershipView => {
    const { standing, joinedAt, cameBy } = belonging;
    const isMember = standing === 'member' || standing === 'out';
    const { roles, permissions } = giving(belonging.roleIds);
    return {
      organizationId: ids.organizationName(belonging.organizationId),
      joinTime: joinedAt,
      membershipStatus: statuses[standing],
      roles,
      name: belonging.organization,
      metadata: textsOf(belonging.metadata),
      inviterEmail: belonging.inviter ?? undefined,
      createdAt: belonging.belongsSince,
      acceptedAt: isMember && cameBy === 'invitation' ? joinedAt : null,
      expiresAt: belonging.expiresAt,
      provisioningMethod: methods[cameBy ?? 'addition'],
      // Nothing is given before somebody accepts, or while the membership is suspended or over.
      permissions: standing === 'member' ? permissions : [],
    };
  };

  return (
    person: Person,
    belongings: readonly (Belonging & { readonly organization: string })[],
  ): UserView => {
    const name = ids.userName(person.id);
    return {
      id: name,
      environmentId,
      createTime: person.createdAt,
      updateTime: person.updatedAt,
      email: person.address ?? '',
      externalId: person.externalId ?? undefined,
      memberships: belongings.map(membership),
      userProfile: profileOf(person, `usp_${name.slice(4)}`),
      metadata: textsOf(person.customData),
      lastLoginTime: person.lastSignInAt,
    };
  };
}

/** Every call names a few of the same roles. */
const roleNames = new Map<string, string>();
const mostRoles = 1000;

function nameOfRole(id: string): string {
  let name = roleNames.get(id);
  if (name === undefined) {
    name = numbered('role_', id);
    if (roleNames.size >= mostRoles) roleNames.clear();
    roleNames.set(id, name);
  }
  return name;
}

const statuses = {
  member: MembershipStatus.ACTIVE,
  out: MembershipStatus.INACTIVE,
  invited: MembershipStatus.PENDING_INVITE,
  lapsed: MembershipStatus.INVITE_EXPIRED,
} as const satisfies Record<Belonging['standing'], MembershipStatus>;

/** A link for many is an invitation; a request that was granted is somebody's decision. */
const methods = {
  invitation: 'invitation',
  link: 'invitation',
  domain: 'allowed_email_domain',
  request: 'direct_provision',
  addition: 'direct_provision',
} as const;

function profileOf(person: Person, id: string): UserView['userProfile'] {
  const text = (field: string) => {
    const value = person.profile[field];
    return typeof value === 'string' ? value : '';
  };
  const givenName = text('givenName');
  const familyName = text('familyName');
  return {
    id,
    givenName,
    familyName,
    name: person.name ?? fullName(givenName, familyName),
    locale: text('locale'),
    emailVerified: person.isVerified,
    phoneNumber: person.phone === null ? '' : `+${person.phone}`,
    preferredUsername: text('preferredUsername') || (person.username ?? ''),
    picture: person.avatar ?? '',
    gender: text('gender'),
  };
}

export const fullName = (givenName: string, familyName: string): string =>
  `${givenName} ${familyName}`.trim();

function textsOf(data: Readonly<Record<string, unknown>>): Texts {
  const texts: Record<string, string> = {};
  for (const key of Object.keys(data)) {
    const value = data[key];
    if (typeof value === 'string') texts[key] = value;
  }
  return texts;
}

/** The view as the message that it stands for. */
export function messageOf(view: UserView): User {
  const { userProfile } = view;
  return create(UserSchema, {
    ...view,
    createTime: timestampOf(view.createTime),
    updateTime: timestampOf(view.updateTime),
    lastLoginTime: timestampOf(view.lastLoginTime),
    userProfile: {
      ...userProfile,
      firstName: userProfile.givenName,
      lastName: userProfile.familyName,
    },
    memberships: view.memberships.map((membership) => ({
      ...membership,
      displayName: membership.name,
      roles: [...membership.roles],
      permissions: [...membership.permissions],
      joinTime: timestampOf(membership.joinTime),
      createdAt: timestampOf(membership.createdAt),
      acceptedAt: timestampOf(membership.acceptedAt),
      expiresAt: timestampOf(membership.expiresAt),
    })),
  });
}
