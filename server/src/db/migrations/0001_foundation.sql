-- The foundation. Conventions:
--   * tenant_id leads every key, so one deployment serves many applications and can be distributed by tenant.
--   * Times are bigint milliseconds since the epoch, taken from the clock of the act, never from the database.
--   * Ids compare byte-wise (collate "C"): they are sortable by the time they were made.
--   * Columns without a foreign key that name a person (inviter_id, accepted_user_id, audit actors) are
--     history: they outlive the row that they name.

create table tenants (
  id                text collate "C" primary key,
  -- A new random number with every change of roles, scopes and what joins them (trigger below): a reader that has
  -- the template of this version in memory need not ask again.
  template_version  bigint not null default (random() * 9007199254740991)::bigint,
  created_at        bigint not null
);

create table users (
  tenant_id          text collate "C" not null references tenants,
  id                 text collate "C" not null,
  username           text,
  primary_email      text check (primary_email = lower(primary_email) and length(primary_email) <= 254
                                 and primary_email !~ '[[:space:][:cntrl:]]'),
  primary_phone      text,
  name               text,
  avatar             text,
  custom_data        jsonb not null default '{}',
  profile            jsonb not null default '{}',
  identities         jsonb not null default '{}',
  password_digest    text,
  password_algorithm text,
  application_id     text,
  suspended_at       bigint,
  last_sign_in_at    bigint,
  created_at         bigint not null,
  updated_at         bigint not null,
  primary key (tenant_id, id)
);
create unique index users_primary_email on users (tenant_id, primary_email) where primary_email is not null;
create unique index users_username on users (tenant_id, lower(username)) where username is not null;
create unique index users_primary_phone on users (tenant_id, primary_phone) where primary_phone is not null;
create index users_newest on users (tenant_id, created_at desc, id desc);

create table organizations (
  tenant_id       text collate "C" not null references tenants,
  id              text collate "C" not null,
  name            text not null check (length(name) between 1 and 128),
  description     text,
  custom_data     jsonb not null default '{}',
  is_mfa_required boolean not null default false,
  color           jsonb not null default '{}',
  branding        jsonb not null default '{}',
  custom_css      text,
  disabled_at     bigint,
  -- Seats: members + open invitations, counted by trigger only while a limit is set. Setting a limit locks the
  -- row FOR UPDATE, which waits for every join under way (each holds its KEY SHARE lock), and counts anew.
  seat_limit      integer check (seat_limit >= 0),
  seats_used      integer not null default 0,
  created_at      bigint not null,
  primary key (tenant_id, id),
  constraint organizations_seats check (seat_limit is null or seats_used <= seat_limit)
);
create index organizations_newest on organizations (tenant_id, created_at desc, id desc);

-- The organization template: roles and scopes shared by all organizations of a tenant.
create table organization_roles (
  tenant_id   text collate "C" not null references tenants,
  id          text collate "C" not null,
  name        text not null check (length(name) between 1 and 128),
  description text,
  type        text not null check (type in ('User', 'MachineToMachine')),
  extends_id  text collate "C",
  rank        integer,
  created_at  bigint not null,
  primary key (tenant_id, id),
  constraint organization_roles_name unique (tenant_id, name),
  constraint organization_roles_extends foreign key (tenant_id, extends_id) references organization_roles
    on delete set null (extends_id)
);

create table organization_scopes (
  tenant_id   text collate "C" not null references tenants,
  id          text collate "C" not null,
  name        text not null check (length(name) between 1 and 128),
  description text,
  created_at  bigint not null,
  primary key (tenant_id, id),
  constraint organization_scopes_name unique (tenant_id, name)
);

create table organization_role_scopes (
  tenant_id text collate "C" not null,
  role_id   text collate "C" not null,
  scope_id  text collate "C" not null,
  primary key (tenant_id, role_id, scope_id),
  foreign key (tenant_id, role_id) references organization_roles on delete cascade,
  foreign key (tenant_id, scope_id) references organization_scopes on delete cascade
);
create index organization_role_scopes_of_scope on organization_role_scopes (tenant_id, scope_id);

-- API resources, their scopes, and tenant-wide roles over them.
create table resources (
  tenant_id        text collate "C" not null references tenants,
  id               text collate "C" not null,
  name             text not null,
  indicator        text not null,
  is_default       boolean not null default false,
  is_management    boolean not null default false,
  access_token_ttl integer not null default 3600 check (access_token_ttl > 0),
  created_at       bigint not null,
  primary key (tenant_id, id),
  constraint resources_indicator unique (tenant_id, indicator)
);
create unique index resources_default on resources (tenant_id) where is_default;

create table resource_scopes (
  tenant_id   text collate "C" not null,
  id          text collate "C" not null,
  resource_id text collate "C" not null,
  name        text not null,
  description text,
  created_at  bigint not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, resource_id) references resources on delete cascade,
  constraint resource_scopes_name unique (tenant_id, resource_id, name)
);

create table organization_role_resource_scopes (
  tenant_id text collate "C" not null,
  role_id   text collate "C" not null,
  scope_id  text collate "C" not null,
  primary key (tenant_id, role_id, scope_id),
  foreign key (tenant_id, role_id) references organization_roles on delete cascade,
  foreign key (tenant_id, scope_id) references resource_scopes on delete cascade
);
create index organization_role_resource_scopes_of_scope on organization_role_resource_scopes (tenant_id, scope_id);

create table roles (
  tenant_id   text collate "C" not null references tenants,
  id          text collate "C" not null,
  name        text not null,
  description text not null default '',
  type        text not null check (type in ('User', 'MachineToMachine')),
  is_default  boolean not null default false,
  created_at  bigint not null,
  primary key (tenant_id, id),
  constraint roles_name unique (tenant_id, name)
);

create table role_scopes (
  tenant_id text collate "C" not null,
  role_id   text collate "C" not null,
  scope_id  text collate "C" not null,
  primary key (tenant_id, role_id, scope_id),
  foreign key (tenant_id, role_id) references roles on delete cascade,
  foreign key (tenant_id, scope_id) references resource_scopes on delete cascade
);
create index role_scopes_of_scope on role_scopes (tenant_id, scope_id);

create table user_roles (
  tenant_id text collate "C" not null,
  user_id   text collate "C" not null,
  role_id   text collate "C" not null,
  primary key (tenant_id, user_id, role_id),
  foreign key (tenant_id, user_id) references users on delete cascade,
  foreign key (tenant_id, role_id) references roles on delete cascade
);
create index user_roles_of_role on user_roles (tenant_id, role_id);

-- Applications. A secret is kept as SHA-256 of its 190 random bits; the value itself is in no row.
create table applications (
  tenant_id              text collate "C" not null references tenants,
  id                     text collate "C" not null,
  name                   text not null,
  description            text,
  type                   text not null check (type in ('Native', 'SPA', 'Traditional', 'MachineToMachine', 'Protected')),
  oidc_client_metadata   jsonb not null default '{"redirectUris": [], "postLogoutRedirectUris": []}',
  custom_client_metadata jsonb not null default '{}',
  custom_data            jsonb not null default '{}',
  is_third_party         boolean not null default false,
  is_admin               boolean not null default false,
  created_at             bigint not null,
  primary key (tenant_id, id)
);
create index applications_newest on applications (tenant_id, created_at desc, id desc);

create table application_secrets (
  tenant_id      text collate "C" not null,
  application_id text collate "C" not null,
  name           text not null,
  digest         bytea not null check (length(digest) = 32),
  -- What the value is derived from, together with the server's key: readable by the API for ten minutes.
  salt           bytea,
  created_at     bigint not null,
  expires_at     bigint,
  primary key (tenant_id, application_id, name),
  foreign key (tenant_id, application_id) references applications on delete cascade
);

create table application_roles (
  tenant_id      text collate "C" not null,
  application_id text collate "C" not null,
  role_id        text collate "C" not null,
  primary key (tenant_id, application_id, role_id),
  foreign key (tenant_id, application_id) references applications on delete cascade,
  foreign key (tenant_id, role_id) references roles on delete cascade
);
create index application_roles_of_role on application_roles (tenant_id, role_id);

-- Membership: of people, and of applications (bots).
create table members (
  tenant_id       text collate "C" not null,
  organization_id text collate "C" not null,
  user_id         text collate "C" not null,
  joined_at       bigint not null,
  suspended_at    bigint,
  expires_at      bigint,
  metadata        jsonb not null default '{}',
  primary key (tenant_id, organization_id, user_id),
  constraint members_organization foreign key (tenant_id, organization_id) references organizations on delete cascade,
  constraint members_user foreign key (tenant_id, user_id) references users on delete cascade
);
create index members_of_user on members (tenant_id, user_id);

create table member_roles (
  tenant_id       text collate "C" not null,
  organization_id text collate "C" not null,
  user_id         text collate "C" not null,
  role_id         text collate "C" not null,
  primary key (tenant_id, organization_id, user_id, role_id),
  constraint member_roles_member foreign key (tenant_id, organization_id, user_id) references members on delete cascade,
  constraint member_roles_role foreign key (tenant_id, role_id) references organization_roles on delete cascade
);
create index member_roles_of_role on member_roles (tenant_id, role_id);

create table bots (
  tenant_id       text collate "C" not null,
  organization_id text collate "C" not null,
  application_id  text collate "C" not null,
  joined_at       bigint not null,
  primary key (tenant_id, organization_id, application_id),
  constraint bots_organization foreign key (tenant_id, organization_id) references organizations on delete cascade,
  constraint bots_application foreign key (tenant_id, application_id) references applications on delete cascade
);
create index bots_of_application on bots (tenant_id, application_id);

create table bot_roles (
  tenant_id       text collate "C" not null,
  organization_id text collate "C" not null,
  application_id  text collate "C" not null,
  role_id         text collate "C" not null,
  primary key (tenant_id, organization_id, application_id, role_id),
  constraint bot_roles_bot foreign key (tenant_id, organization_id, application_id) references bots on delete cascade,
  constraint bot_roles_role foreign key (tenant_id, role_id) references organization_roles on delete cascade
);
create index bot_roles_of_role on bot_roles (tenant_id, role_id);

-- Just-in-time joining by the domain of an e-mail address.
create table email_domains (
  tenant_id       text collate "C" not null,
  organization_id text collate "C" not null,
  domain          text collate "C" not null check (domain = lower(domain) and length(domain) between 1 and 128),
  created_at      bigint not null,
  primary key (tenant_id, organization_id, domain),
  constraint email_domains_organization foreign key (tenant_id, organization_id) references organizations on delete cascade
);
create index email_domains_by_domain on email_domains (tenant_id, domain);

create table jit_roles (
  tenant_id       text collate "C" not null,
  organization_id text collate "C" not null,
  role_id         text collate "C" not null,
  primary key (tenant_id, organization_id, role_id),
  constraint jit_roles_organization foreign key (tenant_id, organization_id) references organizations on delete cascade,
  constraint jit_roles_role foreign key (tenant_id, role_id) references organization_roles on delete cascade
);
create index jit_roles_of_role on jit_roles (tenant_id, role_id);

-- Invitations. State is facts with times: an invitation is open while none of the four endings is set, and
-- pending while it is open and not past expires_at. lapsed_at closes one that expired and stood in the way.
create table invitations (
  tenant_id        text collate "C" not null,
  id               text collate "C" not null,
  organization_id  text collate "C" not null,
  invitee          text not null check (invitee = lower(invitee) and length(invitee) <= 254
                                        and invitee !~ '[[:space:][:cntrl:]]'),
  inviter_id       text collate "C",
  -- An offer: roles deleted meanwhile drop out when it is read or accepted.
  role_ids         text[] not null default '{}',
  -- Part of every signed link: raising it kills the links given out before.
  generation       integer not null default 1 check (generation > 0),
  accepted_user_id text collate "C",
  created_at       bigint not null,
  updated_at       bigint not null,
  expires_at       bigint not null,
  resent_at        bigint,
  resent_count     integer not null default 0,
  accepted_at      bigint,
  rejected_at      bigint,
  revoked_at       bigint,
  lapsed_at        bigint,
  primary key (tenant_id, id),
  constraint invitations_organization foreign key (tenant_id, organization_id) references organizations on delete cascade,
  constraint invitations_end_once check (num_nonnulls(accepted_at, rejected_at, revoked_at, lapsed_at) <= 1),
  constraint invitations_accepted_by check ((accepted_at is null) = (accepted_user_id is null))
);
create unique index invitations_open on invitations (tenant_id, organization_id, invitee)
  where accepted_at is null and rejected_at is null and revoked_at is null and lapsed_at is null;
create index invitations_of_organization on invitations (tenant_id, organization_id, created_at desc, id desc);
create index invitations_newest on invitations (tenant_id, created_at desc, id desc);
create index invitations_of_invitee on invitations (tenant_id, invitee);
create index invitations_of_inviter on invitations (tenant_id, inviter_id, created_at desc, id desc)
  where inviter_id is not null;

-- What happened: written once, in the statement of the act itself, and read as two things. For people it is the audit:
-- who did what. For machines it is the event: what others may hear of it, without who did it.
create table journal (
  tenant_id       text collate "C" not null,
  id              text collate "C" not null,
  at              bigint not null,
  actor           text not null,
  type            text not null,
  organization_id text collate "C",
  subject_id      text,
  data            jsonb,
  primary key (tenant_id, id)
);
create index journal_of_organization on journal (tenant_id, organization_id, id desc);

create view audit_entries as
  select tenant_id, id, at, actor, type as action, organization_id, subject_id, data as detail from journal;
create view events as select tenant_id, id, at, type, organization_id, data from journal;

-- What leaves the house. A row is first the order to deliver, then the record of what became of it.
create table deliveries (
  tenant_id       text collate "C" not null,
  id              text collate "C" not null,
  kind            text not null check (kind in ('mail')),
  usage_type      text not null,
  recipient       text not null,
  organization_id text collate "C",
  invitation_id   text collate "C",
  message_id      text not null,
  -- What the caller wants said; emptied once the delivery has ended, for it may hold the caller's own secrets.
  payload         jsonb,
  created_at      bigint not null,
  -- When a worker may take it. Taking it moves this to the end of the lease: a worker that dies loses it then.
  due_at          bigint not null,
  leased_by       text,
  attempts        integer not null default 0,
  sent_at         bigint,
  failed_at       bigint,
  canceled_at     bigint,
  answer          text,
  history         jsonb not null default '[]',
  primary key (tenant_id, id),
  constraint deliveries_invitation foreign key (tenant_id, invitation_id) references invitations on delete cascade,
  constraint deliveries_end_once check (num_nonnulls(sent_at, failed_at, canceled_at) <= 1)
);
create index deliveries_due on deliveries (due_at)
  where sent_at is null and failed_at is null and canceled_at is null;
create index deliveries_of_invitation on deliveries (tenant_id, invitation_id, created_at);

-- What the development mailbox received: mails of a deployment that has no connector.
create table mailbox (
  tenant_id   text collate "C" not null references tenants,
  id          text collate "C" not null,
  received_at bigint not null,
  message     jsonb not null,
  primary key (tenant_id, id)
);

-- Bounds on mail. For a recipient the times of the last sends (exact sliding window); for whole organizations and
-- inviters a leaky bucket, whose level is the time at which it will be empty again. The check is the bound.
create table recipient_allowances (
  tenant_id text collate "C" not null,
  recipient text not null,
  sent_at   bigint[] not null,
  allowed   integer not null,
  primary key (tenant_id, recipient),
  constraint recipient_allowances_bound check (cardinality(sent_at) <= allowed)
);

create table sender_allowances (
  tenant_id text collate "C" not null,
  sender    text not null,
  empty_at  bigint not null,
  full_at   bigint not null,
  primary key (tenant_id, sender),
  constraint sender_allowances_bound check (empty_at <= full_at)
);

create table connectors (
  tenant_id    text collate "C" not null references tenants,
  id           text collate "C" not null,
  connector_id text not null,
  type         text not null check (type in ('Email')),
  -- AES-256-GCM under the secret key: provider credentials are never at rest in clear.
  config       bytea not null,
  metadata     jsonb not null default '{}',
  sync_profile boolean not null default false,
  enable_token_storage boolean not null default false,
  created_at   bigint not null,
  primary key (tenant_id, id)
);
create unique index connectors_one_per_type on connectors (tenant_id, type);

create table email_templates (
  tenant_id     text collate "C" not null references tenants,
  id            text collate "C" not null,
  language_tag  text collate "C" not null,
  template_type text collate "C" not null,
  details       jsonb not null,
  created_at    bigint not null,
  primary key (tenant_id, id),
  constraint email_templates_one unique (tenant_id, language_tag, template_type)
);

-- Answers kept for repeated requests with the same Idempotency-Key.
create table idempotency_keys (
  tenant_id  text collate "C" not null,
  caller     text not null,
  key        text not null,
  request    bytea not null,
  -- Status, headers and body, sealed: an answer may hold a secret that is told once.
  answer     bytea,
  created_at bigint not null,
  primary key (tenant_id, caller, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);

-- OpenID Connect: signing keys (private half sealed under the secret key) and what the provider has to remember.
create table signing_keys (
  tenant_id   text collate "C" not null references tenants,
  id          text collate "C" not null,
  algorithm   text not null,
  public_jwk  jsonb not null,
  private_jwk bytea not null,
  created_at  bigint not null,
  -- Published before it signs, and after it has stopped signing: verifiers never meet a key that they cannot find.
  active_at   bigint not null,
  retired_at  bigint,
  primary key (tenant_id, id)
);

create table oidc_records (
  tenant_id   text collate "C" not null,
  model       text collate "C" not null,
  id          text collate "C" not null,
  payload     jsonb not null,
  grant_id    text collate "C",
  uid         text collate "C",
  user_code   text collate "C",
  account_id  text collate "C",
  consumed_at bigint,
  expires_at  bigint,
  primary key (tenant_id, model, id)
);
create index oidc_records_of_grant on oidc_records (tenant_id, grant_id) where grant_id is not null;
create index oidc_records_of_uid on oidc_records (tenant_id, model, uid) where uid is not null;
create index oidc_records_of_user_code on oidc_records (tenant_id, model, user_code) where user_code is not null;
create index oidc_records_of_account on oidc_records (tenant_id, account_id) where account_id is not null;
create index oidc_records_age on oidc_records (expires_at) where expires_at is not null;

-- Seats. By trigger, so that no path (cascade, import, a door yet to come) can forget them. Each first holds the
-- organization against setting a limit, as the foreign keys of an insert do: either it sees the limit, or whoever sets
-- the limit sees what it did. Without a limit nothing is written.
create function move_seats(of_tenant text, of_organization text, by_seats integer) returns void language plpgsql as $$
declare is_limited boolean;
begin
  select seat_limit is not null into is_limited from organizations
   where tenant_id = of_tenant and id = of_organization for key share;
  if is_limited then
    update organizations set seats_used = seats_used + by_seats where tenant_id = of_tenant and id = of_organization;
  end if;
end $$;

create function count_member() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform move_seats(new.tenant_id, new.organization_id, 1);
  else
    perform move_seats(old.tenant_id, old.organization_id, -1);
  end if;
  return null;
end $$;

-- The names sort after those of the foreign keys' own triggers, which take the locks.
create trigger z_members_seats after insert or delete on members for each row execute function count_member();

-- An invitation that opens: its address is no member's (rule 3), and it takes a seat. The lock on the person with this
-- address waits for a join under way, which holds a KEY SHARE lock on the same row; only after it is it certain.
create function admit_invitation() returns trigger language plpgsql as $$
declare person text;
begin
  select id into person from users where tenant_id = new.tenant_id and primary_email = new.invitee for update;
  if found and exists (select from members where tenant_id = new.tenant_id and organization_id = new.organization_id
                          and user_id = person) then
    raise exception 'the invitee is a member' using errcode = '23514', constraint = 'invitations_invitee_is_no_member';
  end if;
  if tg_op = 'INSERT' or num_nonnulls(old.accepted_at, old.rejected_at, old.revoked_at, old.lapsed_at) = 1 then
    perform move_seats(new.tenant_id, new.organization_id, 1);
  end if;
  return null;
end $$;

create trigger z_invitations_admit after insert on invitations for each row execute function admit_invitation();
create trigger z_invitations_admit_again after update of generation on invitations for each row
  when (num_nonnulls(new.accepted_at, new.rejected_at, new.revoked_at, new.lapsed_at) = 0)
  execute function admit_invitation();

create function free_seat_of_invitation() returns trigger language plpgsql as $$
begin
  perform move_seats(old.tenant_id, old.organization_id, -1);
  return null;
end $$;

create trigger invitations_free_seat after update on invitations for each row
  when (num_nonnulls(old.accepted_at, old.rejected_at, old.revoked_at, old.lapsed_at) = 0
        and num_nonnulls(new.accepted_at, new.rejected_at, new.revoked_at, new.lapsed_at) = 1)
  execute function free_seat_of_invitation();
create trigger invitations_free_seat_deleted after delete on invitations for each row
  when (num_nonnulls(old.accepted_at, old.rejected_at, old.revoked_at, old.lapsed_at) = 0)
  execute function free_seat_of_invitation();

-- The version of the organization template.
create function raise_template_version() returns trigger language plpgsql as $$
begin
  update tenants set template_version = default where id in (select tenant_id from changed);
  return null;
end $$;

do $$
declare t text;
begin
  foreach t in array array['organization_roles', 'organization_scopes', 'organization_role_scopes', 'resources',
                           'resource_scopes', 'organization_role_resource_scopes'] loop
    execute format('create trigger %1$s_added after insert on %1$s referencing new table as changed
                    for each statement execute function raise_template_version()', t);
    execute format('create trigger %1$s_changed after update on %1$s referencing new table as changed
                    for each statement execute function raise_template_version()', t);
    execute format('create trigger %1$s_removed after delete on %1$s referencing old table as changed
                    for each statement execute function raise_template_version()', t);
  end loop;
end $$;
