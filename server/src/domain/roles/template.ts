/**
 * The organization template of a tenant: its roles, its scopes, and what each role gives, in memory. Every change of
 * it gives it a new random version (a trigger), and hot queries bring the version along: whoever asks with a version
 * gets the template of exactly that version, from memory if it was read before. Nothing here can be stale.
 */
import { type Queries, sql } from '../../db/db.ts';

export type HolderType = 'User' | 'MachineToMachine';
export type Named = { readonly id: string; readonly name: string };
export type Scope = Named & { readonly tenantId: string; readonly description: string | null };
type ResourceScope = Named & { readonly resource: Named & { readonly indicator: string } };

type TemplateRole = Named & {
  readonly type: HolderType;
  readonly rank: number | null;
  readonly extendsId: string | null;
  /** Null: the tenant's, for every organization. */
  readonly organizationId: string | null;
  /** What people read; null: the name. */
  readonly displayName: string | null;
  /** Granted to this role itself. */
  readonly scopes: readonly Scope[];
  readonly resourceScopes: readonly ResourceScope[];
};

export type Template = {
  readonly version: number;
  readonly roles: ReadonlyMap<string, TemplateRole>;
  /** Each role as a list of one `{id, name}`. */
  readonly alone: ReadonlyMap<string, readonly Named[]>;
};

type Loaded = {
  version: number;
  roles: {
    id: string;
    name: string;
    type: HolderType;
    rank: number | null;
    extends_id: string | null;
    organization_id: string | null;
    display_name: string | null;
  }[];
  scopes: { role_id: string; id: string; name: string; description: string | null }[];
  resource_scopes: {
    role_id: string;
    id: string;
    name: string;
    resource_id: string;
    resource_name: string;
    indicator: string;
  }[];
};

/** Of each tenant the one that was read last. */
const newest = new Map<string, Template>();

/** What was seen of the template a moment ago: a guess, for statements that say its version once more. */
export const lastTemplateOf = (tenantId: string): Template | undefined => newest.get(tenantId);

/** Versions are random, so one cache serves every tenant and database; the oldest leave when it is full. */
const known = new Map<number, Template>();
const most = { templates: 256, roles: 100_000 };
let rolesKnown = 0;

/** The template of this version; read (at its present version) when it is not in memory. */
export async function templateOf(db: Queries, tenantId: string, version: number): Promise<Template> {
  return known.get(version) ?? loadTemplate(db, tenantId);
}

/** The template as it is now. */
export async function loadTemplate(db: Queries, tenantId: string): Promise<Template> {
  const loaded = await db.first<Loaded>(sql`
    select template_version as version,
      (select coalesce(json_agg(r order by r.name), '[]')
         from (select id, name, type, rank, extends_id, organization_id, display_name from organization_roles where tenant_id = ${tenantId}) r) as roles,
      (select coalesce(json_agg(s order by s.name), '[]')
         from (select j.role_id, s.id, s.name, s.description from organization_role_scopes j
                 join organization_scopes s on s.tenant_id = j.tenant_id and s.id = j.scope_id
                where j.tenant_id = ${tenantId}) s) as scopes,
      (select coalesce(json_agg(s order by s.name), '[]')
         from (select j.role_id, s.id, s.name, r.id as resource_id, r.name as resource_name, r.indicator
                 from organization_role_resource_scopes j
                 join resource_scopes s on s.tenant_id = j.tenant_id and s.id = j.scope_id
                 join resources r on r.tenant_id = s.tenant_id and r.id = s.resource_id
                where j.tenant_id = ${tenantId}) s) as resource_scopes
    from tenants where id = ${tenantId}`);
  if (!loaded) throw new Error(`There is no tenant ${tenantId}`);
  const template = assemble(tenantId, loaded);
  if (!known.has(template.version)) keep(template);
  newest.set(tenantId, template);
  return template;
}

/** Organizations have roles of their own, so templates differ in size; the newest is always kept. */
function keep(template: Template): void {
  known.set(template.version, template);
  rolesKnown += template.roles.size;
  for (const [version, { roles }] of known) {
    if (known.size === 1 || (known.size <= most.templates && rolesKnown <= most.roles)) return;
    known.delete(version);
    rolesKnown -= roles.size;
  }
}

function assemble(tenantId: string, { version, roles, scopes, resource_scopes }: Loaded): Template {
  const scopesOf = Map.groupBy(scopes, (scope) => scope.role_id);
  const resourceScopesOf = Map.groupBy(resource_scopes, (scope) => scope.role_id);
  return {
    version,
    alone: new Map(roles.map(({ id, name }) => [id, [{ id, name }]])),
    roles: new Map(
      roles.map(({ extends_id, organization_id, display_name, ...role }) => [
        role.id,
        {
          ...role,
          extendsId: extends_id,
          organizationId: organization_id,
          displayName: display_name,
          scopes: (scopesOf.get(role.id) ?? []).map(({ id, name, description }) => ({
            tenantId,
            id,
            name,
            description,
          })),
          resourceScopes: (resourceScopesOf.get(role.id) ?? []).map((scope) => ({
            id: scope.id,
            name: scope.name,
            resource: { id: scope.resource_id, name: scope.resource_name, indicator: scope.indicator },
          })),
        },
      ]),
    ),
  };
}

/** The roles themselves and all that they extend. */
export function* withInherited(template: Template, roleIds: readonly string[]): Iterable<TemplateRole> {
  const seen = new Set<string>();
  const waiting = [...roleIds];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const role = template.roles.get(id);
    if (!role || seen.has(id)) continue;
    seen.add(id);
    yield role;
    if (role.extendsId) waiting.push(role.extendsId);
  }
}

/** The organization scopes that somebody with these roles has, inherited ones included, by name. */
export function effectiveScopes(template: Template, roleIds: readonly string[]): Scope[] {
  const found = new Map<string, Scope>();
  for (const role of withInherited(template, roleIds))
    for (const scope of role.scopes) found.set(scope.id, scope);
  return [...found.values()].sort(byName);
}

/** The scopes of one API resource that somebody with these roles has, by name. */
export function effectiveResourceScopes(
  template: Template,
  roleIds: readonly string[],
  indicator: string,
): string[] {
  const found = new Set<string>();
  for (const role of withInherited(template, roleIds))
    for (const scope of role.resourceScopes)
      if (scope.resource.indicator === indicator) found.add(scope.name);
  return [...found].sort();
}

/** Ids to `{id, name}` in the order of names; roles that exist no more drop out. */
export function namedRoles(template: Template, roleIds: readonly string[]): readonly Named[] {
  if (roleIds.length === 0) return none;
  // Nearly every invitation and member has one role: then nothing is made for it.
  if (roleIds.length === 1) return template.alone.get(roleIds[0]!) ?? none;
  return roleIds.flatMap((id) => template.alone.get(id) ?? []).sort(byName);
}

const none: readonly Named[] = [];

const byName = (a: Named, b: Named) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
