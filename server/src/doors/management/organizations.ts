import { Type } from 'typebox';
import { receiptOf } from '../../domain/members/receipt.ts';
import { deleteOrganization } from '../../domain/organizations/delete-organization.ts';
import {
  changeOrganization,
  createOrganization,
  featuredUsers,
  findOrganizations,
  getOrganization,
  isDisabled,
  setDisabled,
} from '../../domain/organizations/organizations.ts';
import { getSeats, setSeatLimit } from '../../domain/organizations/seats.ts';
import { notExists, notFound } from './refusals.ts';
import { routesOf } from './route.ts';
import { Flag, Id, isYes, Json, NullableText, Part, Query, Receipt, Text } from './schema.ts';

const HexColor = Type.String({ pattern: '^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$' });
const AbsoluteUrl = Type.String({ maxLength: 2048, pattern: '^[a-zA-Z][a-zA-Z0-9+.-]*:[^\\s]+$' });
export const Color = Part({
  primaryColor: Type.Optional(HexColor),
  darkPrimaryColor: Type.Optional(HexColor),
  isDarkModeEnabled: Type.Optional(Type.Boolean()),
});
export const Branding = Part({
  logoUrl: Type.Optional(AbsoluteUrl),
  darkLogoUrl: Type.Optional(AbsoluteUrl),
  favicon: Type.Optional(AbsoluteUrl),
  darkFavicon: Type.Optional(AbsoluteUrl),
});

const organizationFields = {
  tenantId: Type.String(),
  id: Type.String(),
  name: Type.String(),
  description: NullableText(),
  customData: Json,
  isMfaRequired: Type.Boolean(),
  color: Json,
  branding: Json,
  customCss: NullableText(),
  createdAt: Type.Integer(),
};
const Organization = Type.Object(organizationFields);
export const OrganizationWithRoles = Type.Object({
  ...organizationFields,
  organizationRoles: Type.Array(Type.Object({ id: Type.String(), name: Type.String() })),
});
const FeaturedOrganization = Type.Object({
  ...organizationFields,
  usersCount: Type.Optional(Type.Integer()),
  featuredUsers: Type.Optional(
    Type.Array(Type.Object({ id: Type.String(), avatar: NullableText(), name: NullableText() })),
  ),
});

const OrganizationChange = Type.Object({
  name: Type.Optional(Text(1, 128)),
  description: Type.Optional(NullableText(256)),
  customData: Type.Optional(Json),
  isMfaRequired: Type.Optional(Type.Boolean()),
  color: Type.Optional(Color),
  branding: Type.Optional(Branding),
  customCss: Type.Optional(NullableText(65_536)),
});
const NewOrganization = Type.Object({ ...OrganizationChange.properties, name: Text(1, 128) });
const Seats = Type.Object({
  limit: Type.Unsafe<number | null>({ type: ['integer', 'null'], minimum: 0, maximum: 2_147_483_647 }),
  members: Type.Integer(),
  pending: Type.Integer(),
});

export const ById = Type.Object({ id: Id });
const route = routesOf('Organizations');

/** What a caller may set, and nothing else that the body happens to hold. */
function settable<T extends typeof OrganizationChange.properties>(body: Partial<Record<keyof T, unknown>>) {
  const fields = Object.keys(OrganizationChange.properties) as (keyof T)[];
  return Object.fromEntries(
    fields.filter((field) => body[field] !== undefined).map((field) => [field, body[field]]),
  );
}

export const organizationRoutes = [
  route({
    method: 'GET',
    path: '/organizations',
    summary: 'List organizations, newest first',
    query: Type.Object({ q: Query, showFeatured: Flag }),
    paging: 'always',
    success: [200, Type.Array(FeaturedOrganization)],
    async handle({ db, tenantId, query, page }) {
      const { items, total } = await findOrganizations(db, tenantId, { text: query.q, page });
      if (!isYes(query.showFeatured)) return { items, total };
      const featured = await featuredUsers(
        db,
        tenantId,
        items.map((organization) => organization.id),
      );
      return {
        items: items.map((organization) => ({ ...organization, ...featured.get(organization.id) })),
        total,
      };
    },
  }),
  route({
    method: 'POST',
    path: '/organizations',
    summary: 'Create an organization',
    body: NewOrganization,
    success: [201, Organization],
    handle: ({ act, body }) => act((a) => createOrganization(a, { ...settable(body), name: body.name })),
  }),
  route({
    method: 'GET',
    path: '/organizations/:id',
    access: { permission: 'membership', organization: 'path' },
    summary: 'Get an organization',
    params: ById,
    success: [200, Organization],
    handle: ({ db, tenantId, params }) => getOrganization(db, tenantId, params.id),
  }),
  route({
    method: 'PATCH',
    path: '/organizations/:id',
    access: { permission: 'manage:organization', organization: 'path' },
    summary: 'Change an organization',
    description: 'customData, color and branding are replaced whole.',
    params: ById,
    body: OrganizationChange,
    success: [200, Organization],
    refusals: { 'organization.not_found': notExists },
    handle: ({ act, params, body }) => act((a) => changeOrganization(a, params.id, settable(body))),
  }),
  route({
    method: 'DELETE',
    path: '/organizations/:id',
    access: { permission: 'delete:organization', organization: 'path' },
    summary: 'Delete an organization with its members, bots and invitations',
    params: ById,
    success: [204, null],
    representation: Receipt,
    refusals: { 'organization.not_found': notFound },
    handle: ({ act, params, prefersRepresentation }) =>
      act((a) =>
        a.atomically(async (tx) => {
          // Whom it concerns is known as long as there are members.
          const receipt = prefersRepresentation
            ? await receiptOf(tx.db, tx.tenantId, params.id, tx.at)
            : undefined;
          await deleteOrganization(tx, params.id);
          return receipt;
        }),
      ),
  }),
  route({
    method: 'GET',
    path: '/organizations/:id/is-disabled',
    access: { permission: 'membership', organization: 'path' },
    summary: 'Whether an organization is disabled (Usher)',
    params: ById,
    success: [200, Type.Object({ isDisabled: Type.Boolean() })],
    handle: async ({ db, tenantId, params }) => ({ isDisabled: await isDisabled(db, tenantId, params.id) }),
  }),
  route({
    method: 'PATCH',
    path: '/organizations/:id/is-disabled',
    summary: 'Disable or enable an organization (Usher)',
    description: 'A disabled organization keeps its members and invitations and lets nobody in, by any path.',
    params: ById,
    body: Type.Object({ isDisabled: Type.Boolean() }),
    success: [200, Type.Object({ ...Organization.properties, receipt: Type.Optional(Receipt) })],
    refusals: { 'organization.not_found': notExists },
    handle: ({ act, params, body }) =>
      act(async (a) => {
        const organization = await setDisabled(a, params.id, body.isDisabled);
        if (!body.isDisabled) return organization;
        return { ...organization, receipt: await receiptOf(a.db, a.tenantId, params.id, a.at) };
      }),
  }),
  route({
    method: 'GET',
    path: '/organizations/:id/seats',
    access: { permission: 'read:member', organization: 'path' },
    summary: 'Seats of an organization: limit, members, pending invitations (Usher)',
    params: ById,
    success: [200, Seats],
    handle: ({ db, tenantId, params, at }) => getSeats(db, tenantId, params.id, at),
  }),
  route({
    method: 'PUT',
    path: '/organizations/:id/seats',
    summary: 'Set or lift the seat limit of an organization (Usher)',
    description: 'Members and pending invitations together never exceed it. 0 is a limit; null is none.',
    params: ById,
    body: Type.Object({ limit: Seats.properties.limit }),
    success: [200, Seats],
    handle: ({ act, params, body }) => act((a) => setSeatLimit(a, params.id, body.limit)),
  }),
];
