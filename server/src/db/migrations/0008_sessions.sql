-- Sessions that are over are kept for thirty days: whoever asks is told when each ended, and how.

alter table sessions
  -- Where the sign-in came from.
  add column ip text,
  -- What applications got in this session: [{applicationId, organizationId, at}], the newest last, one of each pair.
  add column entered jsonb not null default '[]';

create table ended_sessions (
  tenant_id    text collate "C" not null,
  uid          text collate "C" not null,
  user_id      text collate "C" not null,
  signed_in_at bigint not null,
  methods      text[] not null,
  user_agent   text,
  ip           text,
  seen_at      bigint not null,
  expires_at   bigint not null,
  entered      jsonb not null,
  ended_at     bigint not null,
  ended_by     text not null check (ended_by in ('sign-out', 'revocation', 'time')),
  primary key (tenant_id, uid),
  constraint ended_sessions_user foreign key (tenant_id, user_id) references users on delete cascade
);
create index ended_sessions_of_user on ended_sessions (tenant_id, user_id);
create index ended_sessions_age on ended_sessions (ended_at);
