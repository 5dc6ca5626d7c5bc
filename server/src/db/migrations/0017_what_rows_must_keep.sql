-- What a row of the tables that are written all the time must keep is said by their triggers. PostgreSQL reads the text of
-- a CHECK, and of a trigger's WHEN, anew for every statement that writes: together they were a fifth of what accepting an
-- invitation costs. A function is read once a connection.

alter table invitations
  drop constraint invitations_invitee_check,
  drop constraint invitations_inviter_email_check,
  drop constraint invitations_generation_check,
  drop constraint invitations_end_once,
  drop constraint invitations_accepted_by,
  drop constraint invitations_membership_outlasts;
drop trigger z_invitations_admit on invitations;
drop trigger z_invitations_admit_again on invitations;
drop trigger invitations_free_seat on invitations;
drop trigger invitations_free_seat_deleted on invitations;
drop function admit_invitation();
drop function free_seat_of_invitation();

-- An address is in its normal form, an invitation ends once (rule 4), it is accepted by somebody, and it does not outlast
-- the membership that it gives. One that opens: its address is no member's (rule 3), and it takes a seat; one that ends or
-- goes frees it. The lock on the person with this address waits for a join under way, which holds a KEY SHARE lock on the
-- same row; only after it is it certain.
create function keep_invitation() returns trigger language plpgsql as $$
declare
  was_open boolean := tg_op = 'UPDATE' and num_nonnulls(old.accepted_at, old.rejected_at, old.revoked_at, old.lapsed_at) = 0;
  is_open boolean := num_nonnulls(new.accepted_at, new.rejected_at, new.revoked_at, new.lapsed_at) = 0;
  is_limited boolean;
  person text;
begin
  if new.invitee <> lower(new.invitee) or length(new.invitee) > 254 or new.invitee ~ '[[:space:][:cntrl:]]'
     or length(new.inviter_email) > 254 or new.generation <= 0
     or num_nonnulls(new.accepted_at, new.rejected_at, new.revoked_at, new.lapsed_at) > 1
     or (new.accepted_at is null) <> (new.accepted_user_id is null) then
    raise exception 'the invitation contradicts itself' using errcode = '23514', constraint = 'invitations_facts';
  end if;
  if new.membership_expires_at < new.expires_at then
    raise exception 'the invitation outlasts the membership' using errcode = '23514', constraint = 'invitations_membership_outlasts';
  end if;
  if is_open and (tg_op = 'INSERT' or new.generation <> old.generation) then
    select id into person from users where tenant_id = new.tenant_id and primary_email = new.invitee for update;
    if found and exists (select from members where tenant_id = new.tenant_id and organization_id = new.organization_id
                            and user_id = person and coalesce(expires_at > new.updated_at, true)) then
      raise exception 'the invitee is a member' using errcode = '23514', constraint = 'invitations_invitee_is_no_member';
    end if;
  end if;
  if tg_op = 'INSERT' then
    if is_open then
      -- The foreign key holds the lock that a change of the limit waits for.
      select seat_limit is not null into is_limited from organizations
       where tenant_id = new.tenant_id and id = new.organization_id;
      if is_limited then perform move_seats(new.tenant_id, new.organization_id, 1); end if;
    end if;
  elsif is_open and not was_open then
    perform move_seats(new.tenant_id, new.organization_id, 1);
  elsif was_open and not is_open then
    -- The membership that comes of it takes over its seat. There is none where the person was a member already.
    if new.accepted_at is null or not exists (
         select from members where tenant_id = new.tenant_id and organization_id = new.organization_id
            and user_id = new.accepted_user_id and invitation_id = new.id) then
      perform move_seats(new.tenant_id, new.organization_id, -1);
    end if;
  end if;
  return null;
end $$;
-- The names sort after those of the foreign keys' own triggers, which take the locks.
create trigger z_invitations_keep after insert or update on invitations for each row execute function keep_invitation();

create function free_seat_of_invitation() returns trigger language plpgsql as $$
begin
  if num_nonnulls(old.accepted_at, old.rejected_at, old.revoked_at, old.lapsed_at) = 0 then
    perform move_seats(old.tenant_id, old.organization_id, -1);
  end if;
  return null;
end $$;
create trigger invitations_free_seat_deleted after delete on invitations for each row execute function free_seat_of_invitation();

alter table members drop constraint members_came_by_check;
create or replace function count_member() returns trigger language plpgsql as $$
declare is_limited boolean;
begin
  if tg_op = 'DELETE' then
    perform move_seats(old.tenant_id, old.organization_id, -1);
    return null;
  end if;
  if new.came_by not in ('domain', 'link', 'request') then
    raise exception 'nobody comes that way' using errcode = '23514', constraint = 'members_came_by';
  end if;
  if new.invitation_id is null then
    -- The foreign key holds the lock that a change of the limit waits for.
    select seat_limit is not null into is_limited from organizations
     where tenant_id = new.tenant_id and id = new.organization_id;
    if is_limited then perform move_seats(new.tenant_id, new.organization_id, 1); end if;
  end if;
  return null;
end $$;

-- There is one kind of delivery here.
alter table deliveries drop constraint deliveries_kind_check, drop constraint deliveries_end_once;
create function end_delivery_once() returns trigger language plpgsql as $$
begin
  if num_nonnulls(new.sent_at, new.failed_at, new.canceled_at) > 1 then
    raise exception 'a delivery ends once' using errcode = '23514', constraint = 'deliveries_end_once';
  end if;
  return null;
end $$;
create trigger deliveries_end_once after update of sent_at, failed_at, canceled_at on deliveries
  for each row execute function end_delivery_once();

-- Every person who is made would lock the one row of the tenant together with all others who are made at that moment. No
-- tenant is ever deleted.
alter table users drop constraint users_tenant_id_fkey;
