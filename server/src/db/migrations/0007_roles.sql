-- Roles of one organization, names of roles for people, and the roles that somebody gets where nobody says which.

alter table organization_roles
  -- Null: of the tenant, for every organization. Otherwise of this one alone, for good.
  add column organization_id text collate "C",
  -- What people read; absent: the name.
  add column display_name text check (length(display_name) between 1 and 128),
  add constraint organization_roles_organization foreign key (tenant_id, organization_id) references organizations on delete cascade,
  drop constraint organization_roles_name;
create unique index organization_roles_name on organization_roles (tenant_id, name) where organization_id is null;
create unique index organization_roles_own_name on organization_roles (tenant_id, organization_id, name)
  where organization_id is not null;
create index organization_roles_own_by_name on organization_roles (tenant_id, name) where organization_id is not null;

-- What the indexes cannot say: no organization has a role named like one of the tenant's, and a role extends what can be
-- held where it can. Of two changes at once the second waits at the tenant and then sees the first.
create function admit_role() returns trigger language plpgsql as $$
begin
  perform from tenants where id = new.tenant_id for no key update;
  if tg_op = 'UPDATE' and new.organization_id is distinct from old.organization_id then
    raise exception 'a role stays where it is' using errcode = '23514', constraint = 'organization_roles_stay';
  end if;
  if exists (select from organization_roles r where r.tenant_id = new.tenant_id and r.name = new.name
                and (r.organization_id is null) <> (new.organization_id is null)) then
    raise exception 'there is a role of this name' using errcode = '23505', constraint = 'organization_roles_name';
  end if;
  if exists (select from organization_roles r where r.tenant_id = new.tenant_id and r.id = new.extends_id
                and r.organization_id <> coalesce(new.organization_id, '')) then
    raise exception 'the role to be extended is of another organization'
      using errcode = '23503', constraint = 'organization_roles_extends';
  end if;
  return null;
end $$;
create trigger a_organization_roles_admit after insert or update of name, organization_id, extends_id on organization_roles
  for each row execute function admit_role();

-- Of who joins, and of who makes an organization, where nobody says which roles. An organization's own comes first.
alter table tenants
  add column default_member_role_id text collate "C",
  add column default_creator_role_id text collate "C",
  add constraint tenants_default_member_role foreign key (id, default_member_role_id)
    references organization_roles (tenant_id, id) on delete set null (default_member_role_id),
  add constraint tenants_default_creator_role foreign key (id, default_creator_role_id)
    references organization_roles (tenant_id, id) on delete set null (default_creator_role_id);
update tenants t set
  default_member_role_id = (select r.id from organization_roles r where r.tenant_id = t.id and r.name = 'member' and r.type = 'User'),
  default_creator_role_id = (select r.id from organization_roles r where r.tenant_id = t.id and r.name = 'admin' and r.type = 'User');

alter table organizations
  add column default_member_role_id text collate "C",
  add constraint organizations_default_member_role foreign key (tenant_id, default_member_role_id)
    references organization_roles on delete set null (default_member_role_id);
create index organizations_of_default_role on organizations (tenant_id, default_member_role_id)
  where default_member_role_id is not null;

alter table organization_scopes add column updated_at bigint;
