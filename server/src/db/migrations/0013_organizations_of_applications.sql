-- What applications say of organizations: their own names for them, switches, how long sessions last; domains that an
-- organization claims before it is known that they are its own.

alter table organizations
  -- What the application calls the organization, and the name that stands in its addresses. Free again with its deletion.
  add column external_id text check (length(external_id) between 1 and 255),
  add column slug text collate "C" check (length(slug) between 1 and 253 and slug = lower(slug)),
  -- Features by name that the application has switched: kept for it, and of no effect here.
  add column switches jsonb not null default '{}',
  -- When it was said that there is no limit, rather than nothing said about one.
  add column unlimited_at bigint,
  -- Null: as long as everywhere. Otherwise nobody signed in longer ago, or idle for longer, gets anything for it.
  add column session_most_ms bigint check (session_most_ms > 0),
  add column session_idle_ms bigint check (session_idle_ms > 0),
  add column updated_at bigint,
  drop constraint organizations_name_check,
  add constraint organizations_name_check check (length(name) between 1 and 200);
create unique index organizations_external_id on organizations (tenant_id, external_id) where external_id is not null;
create unique index organizations_slug on organizations (tenant_id, slug) where slug is not null;

-- A domain admits people once it is verified. Listed: somebody with the authority to do so vouches for it. Claimed: a
-- record in the domain's own DNS has to.
alter table email_domains
  add column is_claimed boolean not null default false,
  add column verified_at bigint;
update email_domains set verified_at = created_at;
alter table email_domains
  add constraint email_domains_verified check (is_claimed or verified_at is not null);
