-- What machines of customers come with: clients of an organization, and tokens.

-- Shown beside a secret, so that people can tell which is which; and when it was last right.
alter table application_secrets
  add column suffix text check (length(suffix) <= 8),
  add column last_used_at bigint;

-- An application that acts for one organization alone: a bot of it, with what its tokens say. It goes with its place.
create table organization_clients (
  tenant_id       text collate "C" not null,
  application_id  text collate "C" not null,
  organization_id text collate "C" not null,
  -- Names that mean something to whoever takes the tokens; nothing here reads them.
  scopes          text[] not null default '{}',
  audience        text[] not null default '{}',
  custom_claims   jsonb not null default '[]',
  token_life_s    integer not null check (token_life_s between 60 and 2592000),
  created_at      bigint not null,
  updated_at      bigint not null,
  primary key (tenant_id, application_id),
  constraint organization_clients_bot foreign key (tenant_id, organization_id, application_id) references bots on delete cascade
);
create index organization_clients_newest on organization_clients (tenant_id, organization_id, created_at desc, application_id desc);

create function take_client_along() returns trigger language plpgsql as $$
begin
  delete from applications where tenant_id = old.tenant_id and id = old.application_id;
  return null;
end $$;
create trigger organization_clients_gone after delete on organization_clients
  for each row execute function take_client_along();

-- Opaque tokens that an application gives to an organization, or to one person in it, and asks here what they mean.
create table api_tokens (
  tenant_id       text collate "C" not null,
  id              text collate "C" not null,
  organization_id text collate "C" not null,
  user_id         text collate "C",
  -- SHA-256 of 256 random bits.
  digest          bytea not null check (length(digest) = 32),
  suffix          text not null,
  description     text check (length(description) <= 255),
  custom_claims   jsonb not null default '{}',
  created_at      bigint not null,
  expires_at      bigint,
  invalidated_at  bigint,
  -- To the minute.
  last_used_at    bigint,
  primary key (tenant_id, id),
  constraint api_tokens_digest unique (tenant_id, digest),
  constraint api_tokens_organization foreign key (tenant_id, organization_id) references organizations on delete cascade,
  constraint api_tokens_user foreign key (tenant_id, user_id) references users on delete cascade
);
create index api_tokens_newest on api_tokens (tenant_id, organization_id, created_at desc, id desc);
create index api_tokens_of_user on api_tokens (tenant_id, user_id) where user_id is not null;
