-- Members suspended, or for a time; ownership handed over; invitations that somebody else approves.

-- How long the membership lasts that the invitation gives; null: without end.
alter table invitations
  add column membership_expires_at bigint,
  -- When members who may approve it were last asked to.
  add column approval_asked_at bigint,
  add constraint invitations_membership_outlasts check (membership_expires_at is null or membership_expires_at >= expires_at);

-- A membership that has ended by its time is none: its address can be invited again. `updated_at` is the time of the act.
create or replace function admit_invitation() returns trigger language plpgsql as $$
declare person text;
begin
  select id into person from users where tenant_id = new.tenant_id and primary_email = new.invitee for update;
  if found and exists (select from members where tenant_id = new.tenant_id and organization_id = new.organization_id
                          and user_id = person and coalesce(expires_at > new.updated_at, true)) then
    raise exception 'the invitee is a member' using errcode = '23514', constraint = 'invitations_invitee_is_no_member';
  end if;
  if tg_op = 'INSERT' or num_nonnulls(old.accepted_at, old.rejected_at, old.revoked_at, old.lapsed_at) = 1 then
    perform move_seats(new.tenant_id, new.organization_id, 1);
  end if;
  return null;
end $$;

-- Only an owner to rely on is missed: who was suspended, or a member for a time, can go without leaving anybody behind.
create or replace function keep_owner_of_role() returns trigger language plpgsql as $$
begin
  if exists (select from organization_roles where tenant_id = old.tenant_id and id = old.role_id and is_owner)
     and not exists (select from members where tenant_id = old.tenant_id and organization_id = old.organization_id
                        and user_id = old.user_id and (suspended_at is not null or expires_at is not null)) then
    perform must_keep_owner(old.tenant_id, old.organization_id, old.user_id);
  end if;
  return null;
end $$;

-- Their roles go before the row that says so does.
create function release_roles() returns trigger language plpgsql as $$
begin
  delete from member_roles where tenant_id = old.tenant_id and organization_id = old.organization_id and user_id = old.user_id;
  return old;
end $$;
create trigger a_members_release before delete on members for each row
  when (old.suspended_at is not null or old.expires_at is not null) execute function release_roles();

drop trigger z_members_owner on members;
create trigger z_members_owner after update of suspended_at, expires_at on members for each row
  when (old.suspended_at is null and old.expires_at is null and (new.suspended_at is not null or new.expires_at is not null))
  execute function keep_owner_of_member();

-- An owner offers what they are to another member. The offer goes when one of the two is no member any more.
create table ownership_transfers (
  tenant_id       text collate "C" not null,
  id              text collate "C" not null,
  organization_id text collate "C" not null,
  offered_by      text collate "C" not null,
  offered_to      text collate "C" not null check (offered_to <> offered_by),
  offered_at      bigint not null,
  expires_at      bigint not null,
  accepted_at     bigint,
  declined_at     bigint,
  withdrawn_at    bigint,
  primary key (tenant_id, id),
  constraint ownership_transfers_from foreign key (tenant_id, organization_id, offered_by) references members on delete cascade,
  constraint ownership_transfers_to foreign key (tenant_id, organization_id, offered_to) references members on delete cascade,
  constraint ownership_transfers_end_once check (num_nonnulls(accepted_at, declined_at, withdrawn_at) <= 1)
);
create unique index ownership_transfers_open on ownership_transfers (tenant_id, organization_id, offered_by)
  where accepted_at is null and declined_at is null and withdrawn_at is null;
create index ownership_transfers_to on ownership_transfers (tenant_id, offered_to);
