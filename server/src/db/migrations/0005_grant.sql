-- The door in Grant's shape: people who register there, the tokens they hold, the accounts they act from.

-- Somebody who gave an address and has not proven it: no person yet, so that nobody can prepare an account, its password
-- or its tokens for an address of somebody else's.
create table grant_registrations (
  tenant_id          text collate "C" not null references tenants,
  id                 text collate "C" not null,
  address            text not null,
  name               text not null,
  password_digest    text not null,
  password_algorithm text not null,
  -- Whose code completes it.
  proof_id           text collate "C" not null,
  created_at         bigint not null,
  expires_at         bigint not null,
  primary key (tenant_id, id)
);
create index grant_registrations_age on grant_registrations (expires_at);

-- What an access token stands on, and the SHA-256 of the refresh token that replaces it. Of a person, or a registration.
create table grant_sessions (
  tenant_id       text collate "C" not null references tenants,
  id              text collate "C" not null,
  user_id         text collate "C",
  registration_id text collate "C",
  digest          bytea not null check (length(digest) = 32),
  -- The refresh token before this one: whoever comes with it late has a copy.
  previous        bytea,
  rotated_at      bigint,
  created_at      bigint not null,
  expires_at      bigint not null,
  primary key (tenant_id, id),
  constraint grant_sessions_holder check (num_nonnulls(user_id, registration_id) = 1),
  constraint grant_sessions_user foreign key (tenant_id, user_id) references users on delete cascade,
  constraint grant_sessions_registration foreign key (tenant_id, registration_id) references grant_registrations on delete cascade
);
create index grant_sessions_of_user on grant_sessions (tenant_id, user_id) where user_id is not null;
create index grant_sessions_of_registration on grant_sessions (tenant_id, registration_id) where registration_id is not null;
create index grant_sessions_age on grant_sessions (expires_at);

-- A suspension, or another password, ends what was given out before it.
create function end_grant_sessions() returns trigger language plpgsql as $$
begin
  delete from grant_sessions where tenant_id = new.tenant_id and user_id = new.id;
  return null;
end $$;
create trigger z_users_grant_sessions after update of suspended_at, password_digest on users for each row
  when (new.suspended_at is not null or old.password_digest is distinct from new.password_digest)
  execute function end_grant_sessions();

-- A person's organization account, from which organizations are made; the personal one is the person. One each.
create table grant_accounts (
  tenant_id  text collate "C" not null,
  id         text collate "C" not null,
  user_id    text collate "C" not null,
  name       text not null,
  created_at bigint not null,
  primary key (tenant_id, id),
  constraint grant_accounts_user unique (tenant_id, user_id),
  foreign key (tenant_id, user_id) references users on delete cascade
);

-- The tenant's roles were made, and which of them the maker of an organization gets.
create table grant_templates (
  tenant_id     text collate "C" primary key references tenants,
  owner_role_id text collate "C",
  constraint grant_templates_owner foreign key (tenant_id, owner_role_id) references organization_roles
    on delete set null (owner_role_id)
);

alter table proofs drop constraint proofs_purpose_check,
  add constraint proofs_purpose_check check (purpose in ('sign-in', 'invitation', 'new-address', 'registration'));
