-- What a person has agreed to that an application of somebody else's may know and do, until they withdraw it. Sign-ins
-- and tokens come and go besides.
create table consents (
  tenant_id      text collate "C" not null,
  user_id        text collate "C" not null,
  application_id text collate "C" not null,
  -- Of OpenID Connect.
  scopes         text[] not null,
  -- By the indicator of each resource: an array of names.
  resources      jsonb not null,
  given_at       bigint not null,
  updated_at     bigint not null,
  primary key (tenant_id, user_id, application_id),
  constraint consents_user foreign key (tenant_id, user_id) references users on delete cascade,
  constraint consents_application foreign key (tenant_id, application_id) references applications on delete cascade
);
create index consents_of_application on consents (tenant_id, application_id);
