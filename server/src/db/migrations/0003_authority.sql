-- Members manage their own organization: what they may grant, and that somebody remains who may do everything.

-- Roles whose holders are owners. An organization that has an owner keeps one (rule 10).
alter table organization_roles add column is_owner boolean not null default false;
update organization_roles set is_owner = true where name = 'owner' and type = 'User';

-- By trigger, so that no path forgets it. The organization is locked first: of two owners who leave at once, the second
-- sees that the first has gone. Whoever is suspended, or a member for a time only, is no owner to rely on. When the
-- organization, the role or the person goes altogether, there is nothing to keep.
create function must_keep_owner(of_tenant text, of_organization text, of_user text) returns void language plpgsql as $$
begin
  perform from organizations where tenant_id = of_tenant and id = of_organization for no key update;
  if not found or not exists (select from users where tenant_id = of_tenant and id = of_user) then return; end if;
  if not exists (
    select from member_roles k
      join organization_roles r on r.tenant_id = k.tenant_id and r.id = k.role_id and r.is_owner
      join members m on m.tenant_id = k.tenant_id and m.organization_id = k.organization_id and m.user_id = k.user_id
     where k.tenant_id = of_tenant and k.organization_id = of_organization
       and m.suspended_at is null and m.expires_at is null) then
    raise exception 'the organization would be left without an owner'
      using errcode = '23514', constraint = 'organizations_owner';
  end if;
end $$;

create function keep_owner_of_role() returns trigger language plpgsql as $$
begin
  if exists (select from organization_roles where tenant_id = old.tenant_id and id = old.role_id and is_owner) then
    perform must_keep_owner(old.tenant_id, old.organization_id, old.user_id);
  end if;
  return null;
end $$;
create trigger z_member_roles_owner after delete on member_roles for each row execute function keep_owner_of_role();

create function keep_owner_of_member() returns trigger language plpgsql as $$
begin
  if exists (select from member_roles k
               join organization_roles r on r.tenant_id = k.tenant_id and r.id = k.role_id and r.is_owner
              where k.tenant_id = new.tenant_id and k.organization_id = new.organization_id and k.user_id = new.user_id) then
    perform must_keep_owner(new.tenant_id, new.organization_id, new.user_id);
  end if;
  return null;
end $$;
create trigger z_members_owner after update of suspended_at, expires_at on members for each row
  when ((old.suspended_at is null and new.suspended_at is not null) or (old.expires_at is null and new.expires_at is not null))
  execute function keep_owner_of_member();
