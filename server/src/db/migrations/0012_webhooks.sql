-- Webhooks: who wants to hear of what happens, what is to be told, and what became of it.

create table webhook_endpoints (
  tenant_id       text collate "C" not null references tenants,
  id              text collate "C" not null,
  -- Null: of all organizations, and of what belongs to none.
  organization_id text collate "C",
  name            text not null default '',
  url             text not null check (length(url) <= 2048),
  -- In whose words it is told; the words it asked for; the types of ours that these stand for, `invitation.*` included.
  format          text not null,
  events          text[] not null,
  types           text[] not null,
  -- A message for each person where one event is about several.
  is_per_person   boolean not null default true,
  -- Sealed, as the headers are: they may hold credentials.
  secret          bytea not null,
  former_secret   bytea,
  former_until    bigint,
  headers         bytea,
  -- What the words' own interface keeps beside it.
  settings        jsonb not null default '{}',
  -- Where not, nothing is kept for it.
  is_enabled      boolean not null default true,
  -- While paused, what happens is kept.
  paused_at       bigint,
  pause_reason    text check (pause_reason in ('asked', 'gone', 'failing')),
  -- Since when nothing has arrived, and how many attempts in a row.
  failing_since   bigint,
  failures        integer not null default 0,
  -- Its organization was deleted: what happened before is still told, and then it goes.
  closed_at       bigint,
  -- One server at a time works for an endpoint; it must hold this to settle anything.
  leased_by       text,
  leased_until    bigint,
  created_at      bigint not null,
  updated_at      bigint not null,
  primary key (tenant_id, id),
  constraint webhook_endpoints_paused check ((paused_at is null) = (pause_reason is null))
);

-- What happened, as it was at the commit: told the same however often and late. Several from one entry of the journal,
-- where one act is several things: who accepts an invitation becomes a member.
create table webhook_events (
  tenant_id       text collate "C" not null,
  id              text collate "C" not null,
  at              bigint not null,
  type            text not null,
  organization_id text collate "C",
  subject_id      text,
  user_ids        text[] not null default '{}',
  data            jsonb not null default '{}',
  -- The organization, invitation, people or role that it is about.
  context         jsonb not null default '{}',
  primary key (tenant_id, id)
);
create index webhook_events_age on webhook_events using brin (at);

-- No foreign key to the endpoint: an act must not fail, nor wait, because somebody deletes one.
create table webhook_deliveries (
  tenant_id   text collate "C" not null,
  endpoint_id text collate "C" not null,
  -- What the receiver knows the message by.
  id          text collate "C" not null,
  event_id    text collate "C" not null,
  -- Which of the event's people it is about, counted from 1; 0: all.
  part        integer not null default 0,
  -- Messages of one lane go one after the other: an organization, or '' for what belongs to none. Acts that stand in
  -- each other's way take their numbers one after the other, for they take them with their rows locked.
  lane        text collate "C" not null,
  sequence    bigint not null generated always as identity,
  created_at  bigint not null,
  due_at      bigint not null,
  -- Of the first attempt, made anew when somebody has it sent again.
  tried_at    bigint,
  attempts    integer not null default 0,
  sent_at     bigint,
  failed_at   bigint,
  canceled_at bigint,
  history     jsonb not null default '[]',
  primary key (tenant_id, endpoint_id, id),
  constraint webhook_deliveries_end_once check (num_nonnulls(sent_at, failed_at, canceled_at) <= 1)
);
create index webhook_deliveries_newest on webhook_deliveries (tenant_id, endpoint_id, sequence desc);
create index webhook_deliveries_due on webhook_deliveries (tenant_id, endpoint_id, due_at, sequence)
  where sent_at is null and failed_at is null and canceled_at is null;
create index webhook_deliveries_lane on webhook_deliveries (tenant_id, endpoint_id, lane, sequence)
  where sent_at is null and failed_at is null and canceled_at is null;
create index webhook_deliveries_age on webhook_deliveries using brin (created_at);

-- What an entry of the journal means to others: its own type, and what came with it.
create function webhook_meanings(entry journal)
  returns table (number integer, type text, organization_id text, user_ids text[], data jsonb) language sql stable as $$
  select 0, case entry.type when 'invitation.approval_asked' then 'invitation.approval_requested' else entry.type end,
         entry.organization_id,
         case when entry.data ? 'userIds' then array(select jsonb_array_elements_text(entry.data->'userIds'))
              when entry.data ? 'userId' then array[entry.data->>'userId'] else '{}' end,
         coalesce(entry.data, '{}')
  union all
  select 1, case when m.joined_at = entry.at then 'membership.created' else 'membership.updated' end, entry.organization_id,
         array[m.user_id], jsonb_strip_nulls(jsonb_build_object('path', case entry.type when 'invitation.accepted' then 'invitation' else 'request' end,
           'invitationId', entry.data->'invitationId', 'joinRequestId', entry.data->'joinRequestId'))
    from members m
   where entry.type in ('invitation.accepted', 'join_request.approved') and m.tenant_id = entry.tenant_id
     and m.organization_id = entry.organization_id and m.user_id = entry.data->>'userId'
  union all
  select 1, 'membership.updated', entry.organization_id, array[entry.data->>'offeredBy', entry.data->>'offeredTo'],
         jsonb_build_object('reason', 'ownership_transferred')
   where entry.type = 'ownership_transfer.accepted'
  union all
  select g.n::integer, 'membership.deleted', g.id, array[entry.data->>'userId'], jsonb_build_object('reason', 'user_deleted')
    from jsonb_array_elements_text(case when entry.type = 'user.deleted' then entry.data->'organizationIds' else '[]' end)
         with ordinality g(id, n)
$$;

-- What others need to know to understand it. No secret is in it, nor what applications keep with people.
create function webhook_context(tenant text, told text, organization text, subject text, people text[], facts jsonb)
  returns jsonb language sql stable as $$
  select jsonb_build_object(
    'organization', (
      select jsonb_build_object('id', o.id, 'name', o.name, 'description', o.description, 'customData', o.custom_data,
               'isMfaRequired', o.is_mfa_required, 'color', o.color, 'branding', o.branding, 'customCss', o.custom_css,
               'isDisabled', o.disabled_at is not null, 'createdAt', o.created_at)
        from organizations o where o.tenant_id = tenant and o.id = organization),
    'invitation', (
      select jsonb_build_object('id', i.id, 'organizationId', i.organization_id, 'invitee', i.invitee, 'inviterId', i.inviter_id,
               'acceptedUserId', i.accepted_user_id, 'createdAt', i.created_at, 'updatedAt', i.updated_at, 'expiresAt', i.expires_at,
               'acceptedAt', i.accepted_at, 'rejectedAt', i.rejected_at, 'revokedAt', i.revoked_at, 'lapsedAt', i.lapsed_at,
               'resentCount', i.resent_count, 'awaitsApproval', i.awaits_approval,
               'roles', (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'name', r.name) order by r.name), '[]')
                           from organization_roles r where r.tenant_id = tenant and r.id = any(i.role_ids)))
        from invitations i
       where told like 'invitation.%' and i.tenant_id = tenant and i.id = coalesce(facts->>'invitationId', subject)),
    'users', (
      select jsonb_agg(jsonb_build_object('id', u.id, 'username', u.username, 'primaryEmail', u.primary_email,
               'primaryPhone', u.primary_phone, 'name', u.name, 'avatar', u.avatar, 'customData', u.custom_data, 'profile', u.profile,
               'applicationId', u.application_id, 'isSuspended', u.suspended_at is not null, 'lastSignInAt', u.last_sign_in_at,
               'createdAt', u.created_at, 'updatedAt', u.updated_at, 'identities', u.identities, 'hasPassword', u.password_digest is not null,
               'externalId', u.external_id,
               'membership', (
                 select jsonb_build_object('joinedAt', m.joined_at, 'suspendedAt', m.suspended_at, 'expiresAt', m.expires_at, 'metadata', m.metadata,
                          'roles', (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'name', r.name) order by r.name), '[]')
                                      from member_roles k join organization_roles r on r.tenant_id = k.tenant_id and r.id = k.role_id
                                     where k.tenant_id = tenant and k.organization_id = organization and k.user_id = u.id))
                   from members m where m.tenant_id = tenant and m.organization_id = organization and m.user_id = u.id)))
        from users u where u.tenant_id = tenant and u.id = any(people)),
    'role', (
      select jsonb_build_object('id', r.id, 'name', r.name, 'description', r.description, 'type', r.type, 'createdAt', r.created_at,
               'scopes', (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'name', s.name) order by s.name), '[]')
                            from organization_role_scopes g join organization_scopes s on s.tenant_id = g.tenant_id and s.id = g.scope_id
                           where g.tenant_id = tenant and g.role_id = r.id))
        from organization_roles r where told like 'role.%' and r.tenant_id = tenant and r.id = subject))
$$;

-- Runs at the commit, where all that the act did can be seen; what is rolled back is told to nobody. Where nobody
-- listens it asks one question of a table that holds nothing.
create function tell_webhooks() returns trigger language plpgsql as $$
declare
  meaning record;
  event text;
begin
  if not exists (select from webhook_endpoints e where e.tenant_id = new.tenant_id and e.is_enabled and e.closed_at is null) then
    return null;
  end if;
  for meaning in select * from webhook_meanings(new) loop
    event := case meaning.number when 0 then new.id else new.id || '-' || meaning.number end;
    insert into webhook_deliveries (tenant_id, endpoint_id, id, event_id, part, lane, created_at, due_at)
    select new.tenant_id, e.id, case part when 0 then event else event || '.' || part end, event, part,
           coalesce(meaning.organization_id, ''), new.at, new.at
      from webhook_endpoints e
      cross join lateral (select case when e.is_per_person and cardinality(meaning.user_ids) > 1
                                      then cardinality(meaning.user_ids) else 0 end) p(people)
      cross join lateral generate_series(least(1, people), people) as part
     where e.tenant_id = new.tenant_id and e.is_enabled and e.closed_at is null
       and e.types && array[split_part(meaning.type, '.', 1) || '.*', meaning.type]
       and (e.organization_id is null or e.organization_id = meaning.organization_id)
     order by e.id, part;
    if found then
      insert into webhook_events (tenant_id, id, at, type, organization_id, subject_id, user_ids, data, context)
      values (new.tenant_id, event, new.at, meaning.type, meaning.organization_id, new.subject_id, meaning.user_ids, meaning.data,
              webhook_context(new.tenant_id, meaning.type, meaning.organization_id, new.subject_id, meaning.user_ids, meaning.data));
    end if;
  end loop;
  if new.type = 'organization.deleted' then
    update webhook_endpoints set closed_at = new.at, updated_at = new.at
     where tenant_id = new.tenant_id and organization_id = new.organization_id and closed_at is null;
  end if;
  return null;
end $$;
create constraint trigger journal_webhooks after insert on journal deferrable initially deferred
  for each row execute function tell_webhooks();

-- An expiry is told once, by whoever notices it first: somebody who wants the place, or the clock.
create table told_expiries (
  tenant_id     text collate "C" not null,
  invitation_id text collate "C" not null,
  expires_at    bigint not null,
  primary key (tenant_id, invitation_id, expires_at),
  constraint told_expiries_invitation foreign key (tenant_id, invitation_id) references invitations on delete cascade
);
-- Up to when expiries were looked for. What expired before today is not news.
create table expiry_watches (
  tenant_id  text collate "C" primary key references tenants,
  told_until bigint not null
);
insert into expiry_watches select id, (extract(epoch from now()) * 1000)::bigint from tenants;
create index invitations_expiry on invitations using brin (expires_at) with (pages_per_range = 32, autosummarize = on);
