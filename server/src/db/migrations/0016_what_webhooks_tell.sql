-- What webhooks tell: also what applications call an organization and a person, whose role it is, whom an invitation is for
-- where there is such a person, and what kind of caller did it.

create or replace function webhook_context(tenant text, told text, organization text, subject text, people text[], facts jsonb)
  returns jsonb language sql stable as $$
  select jsonb_build_object(
    'organization', (
      select jsonb_build_object('id', o.id, 'name', o.name, 'description', o.description, 'customData', o.custom_data,
               'isMfaRequired', o.is_mfa_required, 'color', o.color, 'branding', o.branding, 'customCss', o.custom_css,
               'isDisabled', o.disabled_at is not null, 'createdAt', o.created_at,
               'updatedAt', coalesce(o.updated_at, o.created_at), 'externalId', o.external_id, 'switches', o.switches)
        from organizations o where o.tenant_id = tenant and o.id = organization),
    'invitation', (
      select jsonb_build_object('id', i.id, 'organizationId', i.organization_id, 'invitee', i.invitee, 'inviterId', i.inviter_id,
               'acceptedUserId', i.accepted_user_id, 'createdAt', i.created_at, 'updatedAt', i.updated_at, 'expiresAt', i.expires_at,
               'acceptedAt', i.accepted_at, 'rejectedAt', i.rejected_at, 'revokedAt', i.revoked_at, 'lapsedAt', i.lapsed_at,
               'resentCount', i.resent_count, 'awaitsApproval', i.awaits_approval,
               'roles', (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'name', r.name) order by r.name), '[]')
                           from organization_roles r where r.tenant_id = tenant and r.id = any(i.role_ids)))
        from invitations i
       where told like 'invitation.%' and i.tenant_id = tenant and i.id = coalesce(facts->>'invitationId', subject)),
    'users', (
      select jsonb_agg(jsonb_build_object('id', u.id, 'username', u.username, 'primaryEmail', u.primary_email,
               'primaryPhone', u.primary_phone, 'name', u.name, 'avatar', u.avatar, 'customData', u.custom_data, 'profile', u.profile,
               'applicationId', u.application_id, 'isSuspended', u.suspended_at is not null, 'lastSignInAt', u.last_sign_in_at,
               'createdAt', u.created_at, 'updatedAt', u.updated_at, 'identities', u.identities, 'hasPassword', u.password_digest is not null,
               'externalId', u.external_id, 'isVerified', u.email_verified_at is not null,
               'membership', (
                 select jsonb_build_object('joinedAt', m.joined_at, 'suspendedAt', m.suspended_at, 'expiresAt', m.expires_at, 'metadata', m.metadata,
                          'roles', (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'name', r.name) order by r.name), '[]')
                                      from member_roles k join organization_roles r on r.tenant_id = k.tenant_id and r.id = k.role_id
                                     where k.tenant_id = tenant and k.organization_id = organization and k.user_id = u.id))
                   from members m where m.tenant_id = tenant and m.organization_id = organization and m.user_id = u.id)))
        from users u
       where u.tenant_id = tenant
         and (u.id = any(people)
              or told like 'invitation.%' and people = '{}' and u.primary_email = (
                select i.invitee from invitations i where i.tenant_id = tenant and i.id = coalesce(facts->>'invitationId', subject)))),
    'role', (
      select jsonb_build_object('id', r.id, 'name', r.name, 'description', r.description, 'type', r.type, 'organizationId', r.organization_id, 'createdAt', r.created_at,
               'displayName', r.display_name,
               'scopes', (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'name', s.name) order by s.name), '[]')
                            from organization_role_scopes g join organization_scopes s on s.tenant_id = g.tenant_id and s.id = g.scope_id
                           where g.tenant_id = tenant and g.role_id = r.id))
        from organization_roles r where told like 'role.%' and r.tenant_id = tenant and r.id = subject))
$$;

create or replace function tell_webhooks() returns trigger language plpgsql as $$
declare
  meaning record;
  event text;
begin
  if not exists (select from webhook_endpoints e where e.tenant_id = new.tenant_id and e.is_enabled and e.closed_at is null) then
    return null;
  end if;
  for meaning in select * from webhook_meanings(new) loop
    event := case meaning.number when 0 then new.id else new.id || '-' || meaning.number end;
    insert into webhook_deliveries (tenant_id, endpoint_id, id, event_id, part, lane, created_at, due_at)
    select new.tenant_id, e.id, case part when 0 then event else event || '.' || part end, event, part,
           coalesce(meaning.organization_id, ''), new.at, new.at
      from webhook_endpoints e
      cross join lateral (select case when e.is_per_person and cardinality(meaning.user_ids) > 1
                                      then cardinality(meaning.user_ids) else 0 end) p(people)
      cross join lateral generate_series(least(1, people), people) as part
     where e.tenant_id = new.tenant_id and e.is_enabled and e.closed_at is null
       and e.types && array[split_part(meaning.type, '.', 1) || '.*', meaning.type]
       and (e.organization_id is null or e.organization_id = meaning.organization_id)
     order by e.id, part;
    if found then
      insert into webhook_events (tenant_id, id, at, type, organization_id, subject_id, user_ids, data, context)
      values (new.tenant_id, event, new.at, meaning.type, meaning.organization_id, new.subject_id, meaning.user_ids, meaning.data,
              webhook_context(new.tenant_id, meaning.type, meaning.organization_id, new.subject_id, meaning.user_ids, meaning.data)
                || jsonb_build_object('by', split_part(new.actor, ':', 1)));
    end if;
  end loop;
  if new.type = 'organization.deleted' then
    update webhook_endpoints set closed_at = new.at, updated_at = new.at
     where tenant_id = new.tenant_id and organization_id = new.organization_id and closed_at is null;
  end if;
  return null;
end $$;
