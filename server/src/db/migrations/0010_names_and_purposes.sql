-- Names of digits for people and organizations, and signing keys for more than one purpose.

-- The name in digits of an id: the first 63 bits of its SHA-256. It never changes, and says nothing about the id.
create function public_number(id text) returns bigint
  language sql immutable strict parallel safe
  return ('x' || encode(substr(sha256(replace(id, '\', '\\')::bytea), 1, 8), 'hex'))::bit(64)::bigint
         & 9223372036854775807;

create unique index users_public_number on users (tenant_id, public_number(id));
create unique index organizations_public_number on organizations (tenant_id, public_number(id));

-- Keys of one purpose are published, rotated and retired without those of another.
alter table signing_keys add column purpose text not null default 'oidc';
