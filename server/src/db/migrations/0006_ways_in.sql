-- What an organization says about who comes in and how; links for many; people who ask.

-- No row: nothing is said. Domains are in their ASCII spelling and match whole.
create table organization_policies (
  tenant_id           text collate "C" not null,
  organization_id     text collate "C" not null,
  -- Null: any. None at all is a list like any other.
  allowed_domains     text[],
  blocked_domains     text[] not null default '{}',
  -- Only the roles of organization_policy_roles are put on invitations by members and bots.
  has_role_list       boolean not null default false,
  longest_life_ms     bigint check (longest_life_ms > 0),
  default_life_ms     bigint check (default_life_ms > 0),
  -- Of invitations by members and bots. `some`: of those with one of these roles, or to one of these domains.
  approval            text not null default 'never' check (approval in ('never', 'always', 'some')),
  approval_role_ids   text[] not null default '{}',
  approval_domains    text[] not null default '{}',
  invitations_per_day integer check (invitations_per_day >= 0),
  -- When the invitations of the last day were made, as far as they count: the check is the bound.
  invited_at          bigint[] not null default '{}',
  -- Whether members who manage the organization may change this.
  organization_may_change boolean not null default false,
  changed_at          bigint not null,
  primary key (tenant_id, organization_id),
  constraint organization_policies_organization foreign key (tenant_id, organization_id) references organizations on delete cascade,
  constraint organization_policies_life check (default_life_ms <= longest_life_ms),
  constraint organization_policies_day check (cardinality(invited_at) <= invitations_per_day)
);

create table organization_policy_roles (
  tenant_id       text collate "C" not null,
  organization_id text collate "C" not null,
  role_id         text collate "C" not null,
  -- Whoever holds one of these may put it on an invitation; null: whoever may invite.
  by_role_ids     text[],
  primary key (tenant_id, organization_id, role_id),
  constraint organization_policy_roles_policy foreign key (tenant_id, organization_id)
    references organization_policies on delete cascade,
  constraint organization_policy_roles_role foreign key (tenant_id, role_id) references organization_roles on delete cascade
);
create index organization_policy_roles_of_role on organization_policy_roles (tenant_id, role_id);

-- For the ways in that are walked less often than invitations, which say the same inside their own statement.
create function policy_admits(of_tenant text, of_organization text, address text) returns boolean stable language sql as $$
  select not exists (
    select from organization_policies y where y.tenant_id = of_tenant and y.organization_id = of_organization
       and (split_part(address, '@', 2) = any(y.blocked_domains) or split_part(address, '@', 2) <> all(y.allowed_domains)))
$$;
create function policy_holds(of_tenant text, of_organization text, address text, given_role_ids text[]) returns boolean stable language sql as $$
  select exists (
    select from organization_policies y where y.tenant_id = of_tenant and y.organization_id = of_organization
       and (y.approval = 'always' or y.approval = 'some'
            and (given_role_ids && y.approval_role_ids or split_part(address, '@', 2) = any(y.approval_domains))))
$$;

-- An invitation that the policy holds until somebody else approves it: it has its seat, but no live link and no mail.
alter table invitations
  add column approval_needed_at bigint,
  add column approved_at bigint,
  add column awaits_approval boolean not null generated always as (approval_needed_at is not null and approved_at is null) stored,
  -- What its mail is to say, kept until it may go out.
  add column held_mail jsonb;

-- Links that many may use. Signed, not stored; raising the generation kills those given out before.
create table join_links (
  tenant_id       text collate "C" not null,
  id              text collate "C" not null,
  organization_id text collate "C" not null,
  name            text check (length(name) <= 128),
  role_ids        text[] not null default '{}',
  -- Null: any.
  allowed_domains text[],
  -- Who follows it asks to join, and somebody decides.
  asks_first      boolean not null default false,
  most_uses       integer check (most_uses >= 0),
  uses            integer not null default 0,
  generation      integer not null default 1 check (generation > 0),
  expires_at      bigint,
  disabled_at     bigint,
  -- With whose authority it stands, as invitations do; null is the tenant's.
  authority_id    text collate "C",
  created_at      bigint not null,
  updated_at      bigint not null,
  primary key (tenant_id, id),
  constraint join_links_organization foreign key (tenant_id, organization_id) references organizations on delete cascade,
  constraint join_links_uses check (uses <= most_uses)
);
create index join_links_of_organization on join_links (tenant_id, organization_id, created_at desc, id desc);

-- Somebody asks to join. One open request for each person and organization; it takes no seat.
create table join_requests (
  tenant_id       text collate "C" not null,
  id              text collate "C" not null,
  organization_id text collate "C" not null,
  user_id         text collate "C" not null,
  -- The link that was followed; null: by the domain of the address.
  link_id         text collate "C",
  -- What is given when whoever approves chooses no other roles.
  role_ids        text[] not null default '{}',
  locale          text,
  created_at      bigint not null,
  approved_at     bigint,
  declined_at     bigint,
  withdrawn_at    bigint,
  primary key (tenant_id, id),
  constraint join_requests_organization foreign key (tenant_id, organization_id) references organizations on delete cascade,
  constraint join_requests_user foreign key (tenant_id, user_id) references users on delete cascade,
  constraint join_requests_end_once check (num_nonnulls(approved_at, declined_at, withdrawn_at) <= 1)
);
create unique index join_requests_open on join_requests (tenant_id, organization_id, user_id)
  where approved_at is null and declined_at is null and withdrawn_at is null;
create index join_requests_of_organization on join_requests (tenant_id, organization_id, created_at desc, id desc);
create index join_requests_of_user on join_requests (tenant_id, user_id);

alter table deliveries
  add column join_request_id text collate "C",
  add constraint deliveries_join_request foreign key (tenant_id, join_request_id) references join_requests on delete cascade;
create index deliveries_of_join_request on deliveries (tenant_id, join_request_id) where join_request_id is not null;
