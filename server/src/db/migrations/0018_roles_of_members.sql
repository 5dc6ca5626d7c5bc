-- The roles that somebody holds stand in the row of the membership. As pairs in a table of their own they were half of what it
-- costs to join: a second row with two indexes and two foreign keys, for the one role that nearly everybody has. Each id
-- stands once, in no order. Whatever gives a role locks it against being deleted, but for an acceptance, and a role that is deleted is taken out of
-- every membership (trigger below). An id that names no role gives nothing.
--
-- Who holds a role is asked within one organization, by the primary key. Across a whole tenant it is asked when a role is deleted,
-- changes its kind or is counted, which may take a look at all members.
alter table members add column role_ids text[] collate "C" not null default '{}';
alter table bots add column role_ids text[] collate "C" not null default '{}';

update members m set role_ids = k.role_ids
  from (select tenant_id, organization_id, user_id, array_agg(role_id::text order by role_id) as role_ids
          from member_roles group by 1, 2, 3) k
 where k.tenant_id = m.tenant_id and k.organization_id = m.organization_id and k.user_id = m.user_id;
update bots b set role_ids = k.role_ids
  from (select tenant_id, organization_id, application_id, array_agg(role_id::text order by role_id) as role_ids
          from bot_roles group by 1, 2, 3) k
 where k.tenant_id = b.tenant_id and k.organization_id = b.organization_id and k.application_id = b.application_id;

drop trigger z_members_owner on members;
drop trigger a_members_release on members;
drop table member_roles, bot_roles;
drop function keep_owner_of_role(), keep_owner_of_member(), release_roles();

-- A row for each role that somebody holds, for what is asked seldom.
create view member_roles as
  select m.tenant_id, m.organization_id, m.user_id, r.id as role_id
    from members m cross join unnest(m.role_ids) held(id)
    join organization_roles r on r.tenant_id = m.tenant_id and r.id = held.id;
create view bot_roles as
  select b.tenant_id, b.organization_id, b.application_id, r.id as role_id
    from bots b cross join unnest(b.role_ids) held(id)
    join organization_roles r on r.tenant_id = b.tenant_id and r.id = held.id;

create function take_role_away() returns trigger language plpgsql as $$
begin
  if old.organization_id is null then
    update members set role_ids = array_remove(role_ids, old.id) where tenant_id = old.tenant_id and old.id = any(role_ids);
    update bots set role_ids = array_remove(role_ids, old.id) where tenant_id = old.tenant_id and old.id = any(role_ids);
  else
    update members set role_ids = array_remove(role_ids, old.id)
     where tenant_id = old.tenant_id and organization_id = old.organization_id and old.id = any(role_ids);
    update bots set role_ids = array_remove(role_ids, old.id)
     where tenant_id = old.tenant_id and organization_id = old.organization_id and old.id = any(role_ids);
  end if;
  return null;
end $$;
create trigger z_organization_roles_taken_away after delete on organization_roles for each row execute function take_role_away();

-- Acceptance gives the roles of the invitation as they stand there, so that what is held or offered stays a role for people, or
-- for machines.
create function keep_kind_of_role() returns trigger language plpgsql as $$
begin
  if exists (select from members where tenant_id = new.tenant_id and new.id = any(role_ids))
     or exists (select from bots where tenant_id = new.tenant_id and new.id = any(role_ids))
     or exists (select from invitations where tenant_id = new.tenant_id and new.id = any(role_ids)
                   and accepted_at is null and rejected_at is null and revoked_at is null and lapsed_at is null) then
    raise exception 'the role is held or offered' using errcode = '23514', constraint = 'organization_roles_kind';
  end if;
  return null;
end $$;
create trigger z_organization_roles_kind after update of type on organization_roles for each row
  when (old.type <> new.type) execute function keep_kind_of_role();

-- An organization that has an owner to rely on keeps one (rule 10). Who is suspended, or a member for a time only, is none: they
-- can go without leaving anybody behind. When the organization, the role or the person goes altogether, there is nothing to keep.
create or replace function must_keep_owner(of_tenant text, of_organization text, of_user text) returns void language plpgsql as $$
begin
  perform from organizations where tenant_id = of_tenant and id = of_organization for no key update;
  if not found or not exists (select from users where tenant_id = of_tenant and id = of_user) then return; end if;
  if not exists (
    select from members m
      join organization_roles r on r.tenant_id = m.tenant_id and r.id = any(m.role_ids) and r.is_owner
     where m.tenant_id = of_tenant and m.organization_id = of_organization
       and m.suspended_at is null and m.expires_at is null) then
    raise exception 'the organization would be left without an owner'
      using errcode = '23514', constraint = 'organizations_owner';
  end if;
end $$;

create function keep_owner() returns trigger language plpgsql as $$
begin
  if old.suspended_at is not null or old.expires_at is not null then return null; end if;
  if tg_op = 'UPDATE' then
    if new.suspended_at is null and new.expires_at is null and old.role_ids <@ new.role_ids then return null; end if;
  end if;
  if exists (select from organization_roles where tenant_id = old.tenant_id and id = any(old.role_ids) and is_owner) then
    perform must_keep_owner(old.tenant_id, old.organization_id, old.user_id);
  end if;
  return null;
end $$;
create trigger z_members_owner after delete or update of role_ids, suspended_at, expires_at on members
  for each row execute function keep_owner();
