-- What every act pays for and few need is asked once, in its own statement, and triggers have less to read.

-- Whether anybody listens is asked where the entry is written; the trigger that tells webhooks runs only where somebody does, or
-- where it was not asked. Who begins to listen waits for the acts under way (domain/webhooks/endpoints.ts).
alter table journal add column is_heard boolean;
drop trigger journal_webhooks on journal;
create constraint trigger journal_webhooks after insert on journal deferrable initially deferred
  for each row when (new.is_heard is not false) execute function tell_webhooks();

-- An address is in its normal form, an invitation ends once (rule 4), it is accepted by somebody, and it does not outlast
-- the membership that it gives. One that opens: its address is no member's (rule 3), and it takes a seat; one that ends or
-- goes frees it. The lock on the person with this address waits for a join under way, which holds a KEY SHARE lock on the
-- same row; only after it is it certain.
create or replace function keep_invitation() returns trigger language plpgsql as $$
declare
  endings integer := num_nonnulls(new.accepted_at, new.rejected_at, new.revoked_at, new.lapsed_at);
  was_open boolean;
  is_limited boolean;
  person text;
begin
  if endings > 1 or (new.accepted_at is null) <> (new.accepted_user_id is null) then
    raise exception 'the invitation contradicts itself' using errcode = '23514', constraint = 'invitations_facts';
  end if;
  if tg_op = 'UPDATE' then
    was_open := num_nonnulls(old.accepted_at, old.rejected_at, old.revoked_at, old.lapsed_at) = 0;
    if endings = 1 then
      -- The membership that comes of it takes over its seat. There is none where the person was a member already.
      if was_open and (new.accepted_at is null or not exists (
           select from members where tenant_id = new.tenant_id and organization_id = new.organization_id
              and user_id = new.accepted_user_id and invitation_id = new.id)) then
        perform move_seats(new.tenant_id, new.organization_id, -1);
      end if;
      return null;
    end if;
  end if;
  if new.invitee <> lower(new.invitee) or length(new.invitee) > 254 or new.invitee ~ '[[:space:][:cntrl:]]'
     or length(new.inviter_email) > 254 or new.generation <= 0 then
    raise exception 'the invitation contradicts itself' using errcode = '23514', constraint = 'invitations_facts';
  end if;
  if new.membership_expires_at < new.expires_at then
    raise exception 'the invitation outlasts the membership' using errcode = '23514', constraint = 'invitations_membership_outlasts';
  end if;
  if endings = 1 then return null; end if;
  if tg_op = 'INSERT' then
    -- The foreign key holds the lock that a change of the limit waits for.
    select seat_limit is not null,
           (select id from users where tenant_id = new.tenant_id and primary_email = new.invitee for update)
      into is_limited, person from organizations where tenant_id = new.tenant_id and id = new.organization_id;
  elsif new.generation <> old.generation then
    select id into person from users where tenant_id = new.tenant_id and primary_email = new.invitee for update;
  end if;
  if person is not null and exists (select from members where tenant_id = new.tenant_id and organization_id = new.organization_id
                            and user_id = person and coalesce(expires_at > new.updated_at, true)) then
    raise exception 'the invitee is a member' using errcode = '23514', constraint = 'invitations_invitee_is_no_member';
  end if;
  if is_limited or tg_op = 'UPDATE' and not was_open then
    perform move_seats(new.tenant_id, new.organization_id, 1);
  end if;
  return null;
end $$;

-- Who comes by an invitation takes over its seat, and there is nothing to count.
drop trigger z_members_seats on members;
create trigger z_members_seat_taken after insert on members for each row when (new.invitation_id is null)
  execute function count_member();
create trigger z_members_seat_freed after delete on members for each row execute function count_member();
