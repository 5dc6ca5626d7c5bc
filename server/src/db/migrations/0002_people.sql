-- People come in: who proves an address, by which means they sign in, and in which browsers they are signed in.

-- When the person last proved to read this mailbox here. Another address is not proven, whoever sets it and how.
alter table users add column email_verified_at bigint;

create function forget_verification() returns trigger language plpgsql as $$
begin
  if new.primary_email is distinct from old.primary_email then new.email_verified_at := null; end if;
  return new;
end $$;
create trigger users_forget_verification before update of primary_email on users
  for each row execute function forget_verification();

-- A browser in which somebody is signed in. The cookie's value is known as SHA-256 only; the uid is its public name.
create table sessions (
  tenant_id    text collate "C" not null references tenants,
  digest       bytea not null check (length(digest) = 32),
  uid          text collate "C" not null,
  user_id      text collate "C",
  signed_in_at bigint,
  -- How it was proved who it is (RFC 8176): otp, pwd, hwk …
  methods      text[] not null default '{}',
  user_agent   text,
  seen_at      bigint not null,
  expires_at   bigint not null,
  -- What OpenID Connect remembers of it.
  payload      jsonb not null default '{}',
  primary key (tenant_id, digest),
  constraint sessions_uid unique (tenant_id, uid),
  constraint sessions_user foreign key (tenant_id, user_id) references users on delete cascade,
  constraint sessions_signed_in check ((user_id is null) = (signed_in_at is null))
);
create index sessions_of_user on sessions (tenant_id, user_id) where user_id is not null;
create index sessions_age on sessions (expires_at);

-- Attempts to prove a mailbox. Code and link are derived from the id under a server key: no row holds a secret.
create table proofs (
  tenant_id     text collate "C" not null references tenants,
  id            text collate "C" not null,
  -- What the proof is good for; a proof for one thing is worth nothing for another.
  purpose       text not null check (purpose in ('sign-in', 'invitation', 'new-address')),
  address       text not null,
  key_id        text not null,
  -- SHA-256 of the cookie of the browser that asked: the code is good there only.
  browser       bytea not null check (length(browser) = 32),
  -- What is to happen after it: the authorization request, the invitation …
  context       jsonb not null default '{}',
  -- Whether an account may be made for the address, where there is none.
  may_sign_up   boolean not null default false,
  tries         integer not null default 0 check (tries between 0 and 5),
  created_at    bigint not null,
  expires_at    bigint not null,
  used_at       bigint,
  primary key (tenant_id, id)
);
create index proofs_of_address on proofs (tenant_id, address, created_at desc);
create index proofs_age on proofs (expires_at);

-- WebAuthn credentials, by their own ids.
create table passkeys (
  tenant_id    text collate "C" not null,
  id           text not null,
  user_id      text collate "C" not null,
  name         text not null check (length(name) between 1 and 128),
  public_key   bytea not null,
  counter      bigint not null default 0,
  transports   text[] not null default '{}',
  is_backed_up boolean not null default false,
  created_at   bigint not null,
  used_at      bigint,
  primary key (tenant_id, id),
  constraint passkeys_user foreign key (tenant_id, user_id) references users on delete cascade
);
create index passkeys_of_user on passkeys (tenant_id, user_id);

-- Challenges given out and not yet answered; each is answered once.
create table challenges (
  tenant_id  text collate "C" not null references tenants,
  challenge  text collate "C" not null,
  purpose    text not null check (purpose in ('enrol', 'sign-in')),
  user_id    text collate "C",
  expires_at bigint not null,
  primary key (tenant_id, challenge)
);
create index challenges_age on challenges (expires_at);

-- Tries of passwords, bounded by the check: leaky buckets as for mail.
create table password_allowances (
  tenant_id text collate "C" not null,
  subject   text not null,
  empty_at  bigint not null,
  full_at   bigint not null,
  primary key (tenant_id, subject),
  constraint password_allowances_bound check (empty_at <= full_at)
);

-- How the pages of a tenant look and what they let people do.
alter table tenants
  add column name text,
  add column branding jsonb not null default '{}',
  add column color jsonb not null default '{}',
  add column sign_in_mode text not null default 'SignInAndRegister'
    check (sign_in_mode in ('SignIn', 'Register', 'SignInAndRegister')),
  add column fallback_language text not null default 'en',
  add column terms_of_use_url text,
  add column privacy_policy_url text;

-- Where the invited person goes after accepting, and with whose authority the invitation stands: null is the tenant's,
-- otherwise that of a member, who must still hold what is granted when it is accepted.
alter table invitations
  add column application_id text collate "C",
  add column redirect_uri text,
  add column authority_id text collate "C",
  -- When its holder last asked for another one.
  add column asked_at bigint;

-- Who was a member and is no more: domains let nobody back in whom somebody took out (rule 11).
create table departures (
  tenant_id       text collate "C" not null,
  organization_id text collate "C" not null,
  user_id         text collate "C" not null,
  primary key (tenant_id, organization_id, user_id),
  constraint departures_organization foreign key (tenant_id, organization_id) references organizations on delete cascade,
  constraint departures_user foreign key (tenant_id, user_id) references users on delete cascade
);
create index departures_of_user on departures (tenant_id, user_id);

create function note_departure() returns trigger language plpgsql as $$
begin
  -- Not when the organization or the person is being deleted: then there is nothing to come back to.
  insert into departures (tenant_id, organization_id, user_id)
  select old.tenant_id, o.id, u.id
    from organizations o join users u on u.tenant_id = o.tenant_id and u.id = old.user_id
   where o.tenant_id = old.tenant_id and o.id = old.organization_id
  on conflict do nothing;
  return null;
end $$;
create trigger z_members_departure after delete on members for each row execute function note_departure();

-- Mail that is about a proof, or about what somebody else asks.
alter table deliveries
  add column proof_id text collate "C",
  add constraint deliveries_proof foreign key (tenant_id, proof_id) references proofs on delete cascade;
create index deliveries_of_proof on deliveries (tenant_id, proof_id) where proof_id is not null;

-- Organizations that a person lets an application of somebody else's see.
create table organization_grants (
  tenant_id       text collate "C" not null,
  user_id         text collate "C" not null,
  application_id  text collate "C" not null,
  organization_id text collate "C" not null,
  granted_at      bigint not null,
  primary key (tenant_id, user_id, application_id, organization_id),
  foreign key (tenant_id, user_id) references users on delete cascade,
  foreign key (tenant_id, application_id) references applications on delete cascade,
  foreign key (tenant_id, organization_id) references organizations on delete cascade
);
create index organization_grants_of_application on organization_grants (tenant_id, application_id);
create index organization_grants_of_organization on organization_grants (tenant_id, organization_id);
