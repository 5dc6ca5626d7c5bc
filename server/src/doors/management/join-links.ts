import { type Static, Type } from 'typebox';
import { normalDomain } from '../../domain/address.ts';
import {
  changeJoinLink,
  createJoinLink,
  deleteJoinLink,
  findJoinLinks,
  getJoinLink,
  type JoinLink,
  regenerateJoinLink,
} from '../../domain/join-links/join-links.ts';
import { joinUrl, signJoinToken } from '../../domain/join-links/token.ts';
import { invalidField } from './errors.ts';
import { ById } from './organizations.ts';
import { foreignKey } from './refusals.ts';
import { routesOf } from './route.ts';
import { Id, Ids, Named, NullableText, NullableTime } from './schema.ts';

const nullableInteger = (minimum: number, maximum: number) =>
  Type.Unsafe<number | null>({ type: ['integer', 'null'], minimum, maximum });
const nullableDomains = Type.Unsafe<string[] | null>({
  type: ['array', 'null'],
  items: { type: 'string', minLength: 1, maxLength: 253 },
  maxItems: 1000,
  description: 'Null: people of any domain',
});
const settings = {
  name: NullableText(128),
  organizationRoleIds: Ids,
  allowedDomains: nullableDomains,
  asksFirst: Type.Boolean({ description: 'Whoever follows it asks to join, and somebody decides' }),
  mostUses: nullableInteger(0, 1_000_000),
  expiresAt: NullableTime,
  isDisabled: Type.Boolean(),
};
const { organizationRoleIds: _, ...shown } = settings;
const Link = Type.Object({
  id: Type.String(),
  organizationId: Type.String(),
  ...shown,
  uses: Type.Integer(),
  organizationRoles: Type.Array(Named),
  createdAt: Type.Integer(),
  updatedAt: Type.Integer(),
});
const Path = Type.Object({ id: Id, linkId: Id });
const Body = Type.Partial(Type.Object(settings));
const route = routesOf('Join links');
const managing = { permission: 'invite:member', organization: 'path' } as const;
const unknownReference = { 'role.not_found': foreignKey } as const;

const present = ({
  disabledAt,
  roleIds: _roles,
  version: _version,
  generation: _generation,
  ...link
}: JoinLink) => ({
  ...link,
  isDisabled: disabledAt !== null,
});

function read({ organizationRoleIds, allowedDomains, ...same }: Static<typeof Body>) {
  const domains = allowedDomains?.map((text, at) => {
    const domain = normalDomain(text);
    if (!domain) throw invalidField(`body.allowedDomains.${at}`, 'Not a domain name');
    return domain;
  });
  return {
    ...same,
    ...(organizationRoleIds ? { roleIds: organizationRoleIds } : {}),
    ...(allowedDomains === undefined ? {} : { allowedDomains: domains ?? null }),
  };
}

const fresh = {
  name: null,
  roleIds: [],
  allowedDomains: null,
  asksFirst: false,
  mostUses: null,
  expiresAt: null,
  isDisabled: false,
};

export const joinLinkRoutes = [
  route({
    method: 'GET',
    path: '/organizations/:id/join-links',
    access: { permission: 'read:member', organization: 'path' },
    summary: 'List the links by which many may join (Usher)',
    params: ById,
    paging: 'optional',
    success: [200, Type.Array(Link)],
    async handle({ db, tenantId, params, page }) {
      const { items, total } = await findJoinLinks(db, tenantId, params.id, page);
      return { items: items.map(present), total };
    },
  }),
  route({
    method: 'POST',
    path: '/organizations/:id/join-links',
    access: managing,
    summary: 'Make a link by which many may join (Usher)',
    description:
      'Whoever follows it signs in first: it proves nothing about anybody. It stands with the authority of who made or last ' +
      'changed it, and lets nobody in while that is less than its roles.',
    params: ById,
    body: Body,
    success: [201, Link],
    refusals: unknownReference,
    handle: ({ act, params, body }) => {
      const given = { ...fresh, ...read(body) };
      return act(async (a) => present(await createJoinLink(a, params.id, given)));
    },
  }),
  route({
    method: 'GET',
    path: '/organizations/:id/join-links/:linkId',
    access: { permission: 'read:member', organization: 'path' },
    summary: 'Get a link by which many may join (Usher)',
    params: Path,
    success: [200, Link],
    handle: async ({ db, tenantId, params }) =>
      present(await getJoinLink(db, tenantId, params.id, params.linkId)),
  }),
  route({
    method: 'PATCH',
    path: '/organizations/:id/join-links/:linkId',
    access: managing,
    summary: 'Change, disable or enable a link by which many may join (Usher)',
    params: Path,
    body: Body,
    success: [200, Link],
    refusals: unknownReference,
    handle: ({ act, params, body }) => {
      const given = read(body);
      return act(async (a) => present(await changeJoinLink(a, params.id, params.linkId, given)));
    },
  }),
  route({
    method: 'DELETE',
    path: '/organizations/:id/join-links/:linkId',
    access: managing,
    summary: 'Delete a link by which many may join (Usher)',
    params: Path,
    success: [204, null],
    handle: ({ act, params }) => act((a) => deleteJoinLink(a, params.id, params.linkId)),
  }),
  route({
    method: 'POST',
    path: '/organizations/:id/join-links/:linkId/regenerate',
    access: managing,
    summary: 'Put a new link in the place of one (Usher)',
    description: 'Every link given out before is dead.',
    params: Path,
    success: [200, Link],
    handle: ({ act, params }) =>
      act(async (a) => present(await regenerateJoinLink(a, params.id, params.linkId))),
  }),
  route({
    method: 'GET',
    path: '/organizations/:id/join-links/:linkId/link',
    access: managing,
    summary: 'Get the address to hand out (Usher)',
    params: Path,
    success: [200, Type.Object({ link: Type.String() })],
    async handle({ db, tenantId, params, services, header }) {
      header('cache-control', 'no-store');
      const { id: linkId, generation } = await getJoinLink(db, tenantId, params.id, params.linkId);
      const token = signJoinToken(services.keys, tenantId, { linkId, generation });
      return { link: joinUrl(services.publicUrl, token) };
    },
  }),
];
