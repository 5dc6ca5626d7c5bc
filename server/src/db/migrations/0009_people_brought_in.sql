-- People whom an application brings in itself: under its own name for them, and gone with their last membership.

alter table users
  -- What the application calls the person.
  add column external_id text check (length(external_id) between 1 and 255),
  add column leaves_with_last_membership boolean not null default false;
create unique index users_external_id on users (tenant_id, external_id) where external_id is not null;

alter table invitations
  -- In whose name it was made, where that is nobody known here.
  add column inviter_email text check (length(inviter_email) <= 254),
  -- What the membership is to say of itself from its beginning.
  add column membership_metadata jsonb not null default '{}';

-- How the membership came about; neither: somebody with the authority to do so added the person.
alter table members
  add column invitation_id text collate "C",
  add column came_by text check (came_by in ('domain', 'link', 'request'));
