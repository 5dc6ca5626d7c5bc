import { Type } from 'typebox';
import {
  changeApplication,
  createApplication,
  deleteApplication,
  findApplications,
  getApplication,
  searchableApplicationFields,
} from '../../domain/applications/applications.ts';
import { createSecret, deleteSecret, findSecrets, renameSecret } from '../../domain/applications/secrets.ts';
import { bots } from '../../domain/members/holders.ts';
import { findOrganizationsOf } from '../../domain/members/organizations-of.ts';
import {
  findRolesOfApplication,
  removeRoleFromApplication,
  setRolesOfApplication,
} from '../../domain/roles/global-roles.ts';
import { DoorError, invalidField } from './errors.ts';
import { GlobalRole } from './global-roles.ts';
import { OrganizationWithRoles } from './organizations.ts';
import { routesOf } from './route.ts';
import { Id, Ids, Json, NullableText, NullableTime, Part, SomeIds, Text } from './schema.ts';
import { readSearch } from './search.ts';

const types = ['Native', 'SPA', 'Traditional', 'MachineToMachine', 'Protected'] as const;

export const applicationFields = {
  tenantId: Type.String(),
  id: Type.String(),
  name: Type.String(),
  description: NullableText(),
  type: Type.String({ enum: [...types] }),
  oidcClientMetadata: Json,
  customClientMetadata: Json,
  protectedAppMetadata: Type.Null(),
  customData: Json,
  isThirdParty: Type.Boolean(),
  appLevelAccessControlEnabled: Type.Boolean(),
  createdAt: Type.Integer(),
};
const Application = Type.Object(applicationFields);
const ApplicationWithAdmin = Type.Object({ ...applicationFields, isAdmin: Type.Boolean() });
const MadeApplication = Type.Object({
  ...applicationFields,
  secret: Type.Optional(
    Type.String({ description: 'The value of the default secret, told this once (Usher)' }),
  ),
});
const Secret = Type.Object({
  tenantId: Type.String(),
  applicationId: Type.String(),
  name: Type.String(),
  value: Type.String({ description: 'In clear for ten minutes after it was made; masked later' }),
  createdAt: Type.Integer(),
  expiresAt: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
});

/** Schemes whose addresses a browser runs or makes up, rather than goes to; spelled in either case. */
const unsafeSchemes = ['javascript', 'vbscript', 'data', 'blob', 'about']
  .map((scheme) => scheme.replaceAll(/./g, (letter) => `[${letter}${letter.toUpperCase()}]`))
  .join('|');
const noDotSegments = '(?![^?#]*\\/(?:\\.|%2[eE]){1,2}(?:[\\/?#]|$))';
/** A host whose last label is whole, perhaps a port. */
const host = '(?:\\[[0-9a-fA-F:.]+\\]|(?:[^\\/?#\\s@:\\\\[\\].]+\\.)*[^\\/?#\\s@:\\\\[\\].*]+)(?::\\d{1,5})?';
/** http, https or a custom scheme; `*` in host labels and the path only; no `.` or `..` segments, no fragment. */
const redirectPattern =
  `^${noDotSegments}(?:https?:\\/\\/${host}(?:\\/[^?#\\s\\\\]*)?(?:\\?[^#\\s*\\\\]*)?` +
  `|(?!(?:https?|${unsafeSchemes}):)[a-zA-Z][a-zA-Z0-9+.-]*:[^\\s*#\\\\]+)$`;
const RedirectUri = Type.String({ minLength: 1, maxLength: 2048, pattern: redirectPattern });
/** As browsers name it; a page of any path has it. */
const Origin = Type.String({
  maxLength: 512,
  pattern: '^[a-zA-Z][a-zA-Z0-9+.-]*:\\/\\/[^\\s\\/?#@*\\\\]+$',
});
const WebUrl = Type.String({ maxLength: 2048, pattern: '^https?:\\/\\/[^\\s]+$' });
const OidcClientMetadata = Part({
  redirectUris: Type.Array(RedirectUri, { maxItems: 100 }),
  postLogoutRedirectUris: Type.Array(RedirectUri, { maxItems: 100 }),
  backchannelLogoutUri: Type.Optional(WebUrl),
  backchannelLogoutSessionRequired: Type.Optional(Type.Boolean()),
  logoUri: Type.Optional(WebUrl),
  initiateLoginUri: Type.Optional(
    Type.String({
      maxLength: 2048,
      pattern: '^https?:\\/\\/[^\\s\\/?#@\\\\]+([\\/?][^\\s#\\\\]*)?$',
      description:
        'Where the application begins a sign-in; https, or http on the machine of the developer (Usher)',
    }),
  ),
});
const CustomClientMetadata = Part({
  corsAllowedOrigins: Type.Optional(Type.Array(Origin, { maxItems: 100 })),
  isRegistrationAllowed: Type.Optional(
    Type.Boolean({
      description: 'false: only people who have an account or an invitation get in; true when absent (Usher)',
    }),
  ),
  idTokenTtl: Type.Optional(Type.Integer({ minimum: 1, maximum: 31_536_000 })),
  refreshTokenTtl: Type.Optional(Type.Integer({ minimum: 1, maximum: 31_536_000 })),
  refreshTokenTtlInDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 180 })),
  alwaysIssueRefreshToken: Type.Optional(Type.Boolean()),
  rotateRefreshToken: Type.Optional(Type.Boolean()),
  allowTokenExchange: Type.Optional(Type.Boolean()),
  isDeviceFlow: Type.Optional(Type.Boolean()),
  maxAllowedGrants: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  tenantId: Type.Optional(Type.String({ maxLength: 128 })),
});
const ApplicationChange = Type.Object({
  name: Type.Optional(Text(1, 256)),
  description: Type.Optional(NullableText(1024)),
  oidcClientMetadata: Type.Optional(OidcClientMetadata),
  customClientMetadata: Type.Optional(CustomClientMetadata),
  customData: Type.Optional(Json),
});
const NewApplication = Type.Object({
  ...ApplicationChange.properties,
  name: Text(1, 256),
  type: Type.String({ minLength: 1, maxLength: 32 }),
  isThirdParty: Type.Optional(Type.Boolean()),
});
const ApplicationPath = Type.Object({ id: Id });
const SecretPath = Type.Object({ id: Id, name: Text(1, 256) });
const unknownRole = { 'global_role.not_found': [404, 'entity.relation_foreign_key_not_found'] } as const;
const searched = Object.keys(searchableApplicationFields);
const route = routesOf('Applications');

const thisMachine = new Set(['localhost', '127.0.0.1', '[::1]']);

/** People are sent there with an address to sign in with: not in clear over a network. */
function mustBeginSafely<T extends { initiateLoginUri?: string } | undefined>(metadata: T): T {
  const uri = metadata?.initiateLoginUri;
  const url = uri === undefined ? undefined : URL.parse(uri);
  if (uri === undefined || url?.protocol === 'https:' || (url && thisMachine.has(url.hostname)))
    return metadata;
  throw invalidField('body.oidcClientMetadata.initiateLoginUri', 'Not an https URL');
}

function mustType(type: string) {
  if (type === 'SAML')
    throw new DoorError(400, 'application.saml.use_saml_app_api', 'SAML applications are not made here.');
  if (type === 'Protected')
    throw new DoorError(
      400,
      'application.protected_app_metadata_is_required',
      'Applications behind a proxy of ours are not made here.',
    );
  const known = types.find((name) => name === type);
  if (!known) throw invalidField('body.type', `Must be one of ${types.join(', ')}`);
  return known;
}

export const applicationRoutes = [
  route({
    method: 'GET',
    path: '/applications',
    summary: 'List applications, newest first',
    description: `Search with \`search\` or \`search.<field>\` over ${searched.join(', ')}.`,
    query: Type.Object({
      types: Type.Optional(Type.Array(Type.String({ enum: [...types, 'SAML'] }), { maxItems: 20 })),
      isThirdParty: Type.Optional(Type.String({ enum: ['true', 'false'] })),
      excludeRoleId: Type.Optional(Id),
      excludeOrganizationId: Type.Optional(Id),
    }),
    paging: 'optional',
    success: [200, Type.Array(Application)],
    handle: ({ db, tenantId, query, page }) =>
      findApplications(db, tenantId, {
        types: query.types,
        isThirdParty: query.isThirdParty === undefined ? undefined : query.isThirdParty === 'true',
        notInOrganization: query.excludeOrganizationId,
        withoutRole: query.excludeRoleId,
        search: readSearch(query, searched),
        page,
      }),
  }),
  route({
    method: 'POST',
    path: '/applications',
    summary: 'Create an application',
    body: NewApplication,
    success: [200, MadeApplication],
    handle: ({ act, body, services, header }) => {
      const { name, description, oidcClientMetadata, customClientMetadata, customData, isThirdParty } = body;
      const type = mustType(body.type);
      header('cache-control', 'no-store');
      return act((a) =>
        createApplication(a, services.keys, {
          name,
          type,
          description,
          oidcClientMetadata: mustBeginSafely(oidcClientMetadata),
          customClientMetadata,
          customData,
          isThirdParty,
        }),
      );
    },
  }),
  route({
    method: 'GET',
    path: '/applications/:id',
    summary: 'Get an application',
    params: ApplicationPath,
    success: [200, ApplicationWithAdmin],
    handle: ({ db, tenantId, params }) => getApplication(db, tenantId, params.id),
  }),
  route({
    method: 'PATCH',
    path: '/applications/:id',
    summary: 'Change an application; metadata objects are replaced whole',
    params: ApplicationPath,
    body: ApplicationChange,
    success: [200, Application],
    handle: ({
      act,
      params,
      body: { name, description, oidcClientMetadata, customClientMetadata, customData },
    }) =>
      act((a) =>
        changeApplication(a, params.id, {
          name,
          description,
          oidcClientMetadata: mustBeginSafely(oidcClientMetadata),
          customClientMetadata,
          customData,
        }),
      ),
  }),
  route({
    method: 'DELETE',
    path: '/applications/:id',
    summary: 'Delete an application',
    params: ApplicationPath,
    success: [204, null],
    handle: ({ act, params }) => act((a) => deleteApplication(a, params.id)),
  }),
  route({
    method: 'GET',
    path: '/applications/:id/organizations',
    summary: 'List the organizations that an application is a member of',
    params: ApplicationPath,
    paging: 'optional',
    success: [200, Type.Array(OrganizationWithRoles)],
    handle: ({ db, tenantId, params, page }) => findOrganizationsOf(db, tenantId, bots, params.id, page),
  }),
  route({
    method: 'GET',
    path: '/applications/:id/secrets',
    summary: 'List the secrets of an application',
    description:
      'Values are kept as hashes: readable for ten minutes after they were made, masked from then on.',
    params: ApplicationPath,
    success: [200, Type.Array(Secret)],
    handle: ({ db, tenantId, params, services, at, header }) => {
      header('cache-control', 'no-store');
      return findSecrets(db, services.keys, tenantId, params.id, at);
    },
  }),
  route({
    method: 'POST',
    path: '/applications/:id/secrets',
    summary: 'Create a secret',
    params: ApplicationPath,
    body: Type.Object({ name: Text(1, 256), expiresAt: Type.Optional(NullableTime) }),
    success: [201, Secret],
    handle: ({ act, params, body, services, at, header }) => {
      if (body.expiresAt && body.expiresAt <= at) {
        throw new DoorError(400, 'request.invalid_input', 'expiresAt must be in the future.', {
          field: 'body.expiresAt',
        });
      }
      header('cache-control', 'no-store');
      return act((a) =>
        createSecret(a, services.keys, params.id, { name: body.name, expiresAt: body.expiresAt }),
      );
    },
  }),
  route({
    method: 'PATCH',
    path: '/applications/:id/secrets/:name',
    summary: 'Rename a secret',
    params: SecretPath,
    body: Type.Object({ name: Text(1, 256) }),
    success: [200, Secret],
    handle: ({ act, params, body, services }) =>
      act((a) => renameSecret(a, services.keys, params.id, params.name, body.name)),
  }),
  route({
    method: 'DELETE',
    path: '/applications/:id/secrets/:name',
    summary: 'Delete a secret; it is worth nothing from then on',
    params: SecretPath,
    success: [204, null],
    handle: ({ act, params }) => act((a) => deleteSecret(a, params.id, params.name)),
  }),
  route({
    method: 'GET',
    path: '/applications/:id/roles',
    summary: 'List the tenant-wide roles of an application',
    params: ApplicationPath,
    paging: 'optional',
    success: [200, Type.Array(GlobalRole)],
    handle: ({ db, tenantId, params, page }) => findRolesOfApplication(db, tenantId, params.id, page),
  }),
  route({
    method: 'POST',
    path: '/applications/:id/roles',
    summary: 'Give an application tenant-wide roles',
    params: ApplicationPath,
    body: Type.Object({ roleIds: SomeIds }),
    success: [
      201,
      Type.Object({ roleIds: Type.Array(Type.String()), addedRoleIds: Type.Array(Type.String()) }),
    ],
    refusals: unknownRole,
    async handle({ act, params, body }) {
      const addedRoleIds = await act((a) => setRolesOfApplication(a, params.id, body.roleIds, 'add'));
      return { roleIds: body.roleIds, addedRoleIds };
    },
  }),
  route({
    method: 'PUT',
    path: '/applications/:id/roles',
    summary: 'Make the tenant-wide roles of an application exactly these',
    params: ApplicationPath,
    body: Type.Object({ roleIds: Ids }),
    success: [200, Type.Object({ roleIds: Type.Array(Type.String()) })],
    refusals: unknownRole,
    async handle({ act, params, body }) {
      await act((a) => setRolesOfApplication(a, params.id, body.roleIds, 'replace'));
      return { roleIds: body.roleIds };
    },
  }),
  route({
    method: 'DELETE',
    path: '/applications/:id/roles/:roleId',
    summary: 'Take a tenant-wide role from an application',
    params: Type.Object({ id: Id, roleId: Id }),
    success: [204, null],
    handle: ({ act, params }) => act((a) => removeRoleFromApplication(a, params.id, params.roleId)),
  }),
];
