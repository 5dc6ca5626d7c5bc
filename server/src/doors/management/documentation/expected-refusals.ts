/**
 * What each route may refuse beyond bad input and missing authority, by its method and path. Refusals of the domain
 * stand under their own code and are said in the words of the route; the door's own are written out.
 */
import { Refusal, type RefusalCode } from '../../../domain/refusal.ts';
import { type Answer, refusals } from '../refusals.ts';
import type { Route } from '../route.ts';

type OwnRefusal = readonly [status: number, code: string, text: string];
export type Expected = { readonly status: number; readonly code: string; readonly text: string };

const joining = ['organization.not_found', 'organization.disabled', 'seats.full'] as const;
const mailing = ['mail.no_connector', 'mail.too_many'] as const;
const badSearch: OwnRefusal = [400, 'request.invalid_input', 'The search or filter is not valid.'];
const noFactory = (status: number, code: string): OwnRefusal => [
  status,
  code,
  'There is no such kind of connector.',
];
const badConfig: OwnRefusal = [
  400,
  'connector.invalid_config',
  'The configuration does not fit the connector.',
];

/** Every line that fits counts. */
const expectations: readonly (readonly [RegExp, ...(RefusalCode | OwnRefusal)[]])[] = [
  [/^(GET|PATCH|DELETE) \/organizations\/:id(\/is-disabled|\/seats)?$/, 'organization.not_found'],
  [/^DELETE \/configs\/oidc\/private-keys\/:id$/, [404, 'entity.not_found', 'There is no such signing key.']],
  [/^PUT \/organizations\/:id\/seats$/, 'organization.not_found', 'seats.below_use'],
  [
    /^GET \/organizations\/:id\/(users|applications|jit\/[\w-]+|users\/:userId\/scopes)$/,
    'organization.not_found',
  ],
  [/^(POST|PUT) \/organizations\/:id\/users$/, ...joining, 'user.not_found', 'user.suspended'],
  [
    /^(POST|PUT) \/organizations\/:id\/applications$/,
    ...joining.slice(0, 2),
    'application.not_found',
    'application.wrong_type',
  ],
  [/^(POST|PUT|GET) \/organizations\/:id\/users\/(:userId\/)?roles$/, 'member.not_found'],
  [/^(POST|PUT|GET) \/organizations\/:id\/applications\/(:applicationId\/)?roles$/, 'bot.not_found'],
  [
    /^(POST|PUT) \/organizations\/:id\/(users|applications)\/(:\w+\/)?roles$/,
    'role.not_found',
    'role.wrong_type',
  ],
  [/^(POST|PUT) \/organizations\/:id\/(users|applications)\/:\w+\/roles$/, 'role.names_not_found'],
  [/^DELETE \/organizations\/:id\/users\/:userId/, 'member.not_found'],
  [/^DELETE \/organizations\/:id\/applications\/:applicationId/, 'bot.not_found'],
  [
    /^PATCH \/organizations\/:id\/users\/:userId/,
    'member.not_found',
    'access.beyond_own',
    'organization.last_owner',
  ],
  [/^PATCH \/organizations\/:id\/users\/:userId$/, 'member.expiry_past'],
  [/^POST \/organization-invitations(\/:id\/renew)?$/, 'member.expiry_past'],
  [/^POST \/organizations\/:id\/ownership-transfers$/, 'transfer.not_owner', 'transfer.unfit'],
  [/^DELETE \/organizations\/:id\/ownership-transfers\//, 'transfer.not_found', 'transfer.ended'],
  [/^POST \/my\/ownership-transfers\//, 'transfer.not_found', 'transfer.ended'],
  [/^POST \/my\/ownership-transfers\/:id\/accept$/, 'transfer.unfit', 'organization.last_owner'],
  [/^POST \/my\/invitations\//, 'invitation.not_found', 'invitation.ended'],
  [
    /^POST \/my\/invitations\/:id\/accept$/,
    'invitation.waiting',
    'invitation.passkey_first',
    'member.suspended',
    'organization.disabled',
    'seats.full',
  ],
  [/^DELETE \/my\/organizations\/:id$/, 'member.not_found', 'organization.last_owner'],
  [/ \/organization-invitations\/:id\/(approve|status)$/, 'access.beyond_own'],
  [/^DELETE \/organization-invitations\/:id$/, 'access.beyond_own'],
  [/^DELETE .*\/roles\/:\w+$/, 'relation.not_found'],
  [
    /^(POST|PUT|DELETE) \/organizations\/:id\/(users|applications)\/(:\w+|roles|:\w+\/roles(\/:\w+)?)$/,
    'access.beyond_own',
  ],
  [/^(POST|PUT) \/organizations\/:id\/jit\/roles$/, 'access.beyond_own'],
  [/^POST \/organization-invitations(\/:id\/renew)?$/, 'access.beyond_own'],
  [/^(PUT|DELETE) \/organizations\/:id\/users(\/:userId(\/roles(\/:\w+)?)?)?$/, 'organization.last_owner'],
  [/^(POST|PUT) \/organizations\/:id\/jit\//, 'organization.not_found'],
  [/^POST \/organizations\/:id\/jit\/email-domains$/, 'domain.exists'],
  [/^DELETE \/organizations\/:id\/jit\/email-domains\//, 'domain.not_found'],
  [/^(POST|PUT) \/organizations\/:id\/jit\/roles$/, 'role.not_found', 'role.wrong_type'],

  [/ \/organization-roles\/:id/, 'role.not_found'],
  [/^(POST|PATCH) \/organization-roles(\/:id)?$/, 'role.name_taken', 'role.extends_unknown'],
  [/^PATCH \/organization-roles\/:id$/, 'role.type_in_use', 'role.extends_itself'],
  [/^POST \/organization-roles$/, 'scope.not_found', 'resource_scope.not_found'],
  [/^(POST|PUT) \/organization-roles\/:id\/scopes$/, 'scope.not_found'],
  [/^(POST|PUT) \/organization-roles\/:id\/resource-scopes$/, 'resource_scope.not_found'],
  [/^DELETE \/(organization-)?roles\/:id\/(resource-)?scopes\//, 'relation.not_found'],
  [/ \/organization-scopes\/:id$/, 'scope.not_found'],
  [/^(POST|PATCH) \/organization-scopes/, 'scope.name_taken'],

  [/ \/organization-invitations\/:id/, 'invitation.not_found'],
  [/^POST \/organization-invitations$/, ...joining, 'user.not_found', 'role.not_found', 'role.wrong_type'],
  [/^POST \/organization-invitations$/, 'application.not_found', 'invitation.redirect_not_registered'],
  [/^POST \/organization-invitations$/, 'invitation.already_member', 'invitation.duplicate'],
  [/^POST \/organization-invitations(\/:id\/renew)?$/, 'invitation.expiry_past'],
  [/^POST \/organization-invitations/, ...mailing],
  [
    / \/organization-invitations\/:id\/(message|renew|status|link)$/,
    'invitation.ended',
    'organization.disabled',
  ],
  [
    / \/organization-invitations\/:id\/renew$/,
    'invitation.duplicate',
    'invitation.already_member',
    'seats.full',
  ],
  [
    / \/organization-invitations\/:id\/status$/,
    'user.not_found',
    'user.suspended',
    'member.suspended',
    'invitation.wrong_address',
    'role.wrong_type',
    'invitation.waiting',
  ],
  [
    / \/organization-invitations\/:id\/status$/,
    [422, 'request.invalid_input', 'Accepting needs acceptedUserId.'],
  ],

  [
    /^POST \/organization-invitations(\/:id\/(renew|approve))?$/,
    'policy.domain_not_allowed',
    'policy.role_not_allowed',
  ],
  [/^POST \/organization-invitations(\/:id\/renew)?$/, 'policy.life_too_long'],
  [/^POST \/organization-invitations$/, 'policy.too_many_today'],
  [/ \/organization-invitations\/:id\/(message|link)$/, 'invitation.waiting'],
  [
    / \/organization-invitations\/:id\/approve$/,
    'invitation.ended',
    'invitation.not_waiting',
    'invitation.own_approval',
    'organization.disabled',
    'access.beyond_own',
    ...mailing,
  ],
  [/ \/organizations\/:id\/(policy|join-links|join-requests)$/, 'organization.not_found'],
  [
    /^(POST|PATCH) \/organizations\/:id\/join-links(\/:linkId)?$/,
    'role.not_found',
    'role.wrong_type',
    'join_link.expiry_past',
  ],
  [/^(POST|PATCH) \/organizations\/:id\/join-links/, 'access.beyond_own', 'policy.role_not_allowed'],
  [/ \/organizations\/:id\/join-links\/:linkId/, 'join_link.not_found'],
  [/^PATCH \/organizations\/:id\/join-links\/:linkId$/, 'join_link.below_use'],
  [
    / \/organizations\/:id\/join-requests\/:requestId\//,
    'join_request.not_found',
    'join_request.ended',
    'access.beyond_own',
  ],
  [
    / \/organizations\/:id\/join-requests\/:requestId\/approve$/,
    'organization.disabled',
    'user.suspended',
    'member.suspended',
    'role.not_found',
    'role.wrong_type',
    'policy.domain_not_allowed',
    'policy.role_not_allowed',
    'seats.full',
  ],
  [/^DELETE \/my\/join-requests\/:id$/, 'join_request.not_found', 'join_request.ended'],
  [
    /^POST \/my\/join-requests$/,
    'join_request.not_possible',
    'join_request.duplicate',
    'join_request.already_member',
  ],
  [
    /^PUT \/organizations\/:id\/policy$/,
    'policy.not_yours',
    'policy.default_above_longest',
    'role.not_found',
  ],

  [/ \/users\/:id/, 'user.not_found'],
  [/^(POST|PATCH) \/users(\/:id)?$/, 'user.email_taken', 'user.username_taken', 'user.phone_taken'],
  [/^POST \/users$/, [400, 'user.password_and_digest', 'Give either password or passwordDigest.']],
  [/^POST \/users$/, [400, 'user.password_algorithm_required', 'passwordDigest needs passwordAlgorithm.']],
  [/^DELETE \/users\/:id$/, [400, 'user.cannot_delete_self', 'Nobody can delete themselves here.']],
  [/^GET \/(users|applications|roles|resources\/:id\/scopes)$/, badSearch],

  [/ \/applications\/:id/, 'application.not_found'],
  [
    /^POST \/applications$/,
    [400, 'application.saml.use_saml_app_api', 'SAML applications are not made here.'],
    [
      400,
      'application.protected_app_metadata_is_required',
      'Applications behind a proxy of ours are not made here.',
    ],
  ],
  [/ \/applications\/:id\/secrets\/:name$/, 'application.secret_not_found'],
  [/^(POST|PATCH) \/applications\/:id\/secrets/, 'application.secret_name_taken'],
  [/^POST \/applications\/:id\/secrets$/, 'application.has_no_secrets'],
  [/^POST \/applications\/:id\/secrets$/, [400, 'request.invalid_input', 'expiresAt must be in the future.']],
  [
    /^(POST|PUT) \/applications\/:id\/roles$/,
    'application.wrong_type',
    'global_role.not_found',
    'global_role.wrong_type',
  ],

  [/ \/resources\/:id/, 'resource.not_found'],
  [
    /^(PATCH|DELETE) \/resources\/:id$|^(POST|PATCH|DELETE) \/resources\/:id\/scopes/,
    'resource.is_management',
  ],
  [/^POST \/resources$/, 'resource.indicator_taken'],
  [/^(POST|PATCH) \/resources\/:id\/scopes/, 'resource_scope.name_taken'],
  [
    /^(POST|PATCH) \/resources\/:id\/scopes/,
    [400, 'scope.name_with_space', 'The name of a scope has no white space.'],
  ],
  [/^(PATCH|DELETE) \/resources\/:id\/scopes/, 'resource_scope.not_found'],
  [/ \/roles\/:id/, 'global_role.not_found'],
  [/^(POST|PATCH) \/roles(\/:id)?$/, 'global_role.name_taken'],
  [/^POST \/roles(\/:id\/scopes)?$/, 'resource_scope.not_found', 'global_role.management_scope'],
  [/^POST \/roles\/:id\/scopes$/, 'global_role.scope_taken'],

  [/ \/(web)?hooks\/:id/, 'webhook.not_found'],
  [/^(POST|PATCH) \/hooks(\/:id)?$/, [400, 'hook.missing_events', 'No event is said.']],
  [
    /^POST \/hooks\/:id\/test$/,
    [400, 'hook.missing_events', 'No event is said.'],
    [422, 'hook.send_test_payload_failed', 'Nothing was reached.'],
    [422, 'hook.endpoint_responded_with_error', 'What the endpoint answered.'],
  ],
  [/^POST \/webhooks$/, 'organization.not_found'],
  [/^POST \/webhooks\/:id\/(test|deliveries)/, 'webhook.paused'],
  [/^POST \/webhooks\/:id\/deliveries\/:deliveryId\/redeliver$/, 'webhook_delivery.not_found'],
  [/ \/connectors\/:id$/, 'connector.not_found'],
  [/^(POST|PATCH) \/connectors/, badConfig],
  [/^POST \/connectors$/, noFactory(422, 'connector.not_found_with_connector_id')],
  [/^GET \/connector-factories\/:id$/, noFactory(404, 'entity.not_exists_with_id')],
  [/^POST \/connectors\/:factoryId\/test$/, noFactory(400, 'connector.not_found')],
  [/^POST \/connectors\/:factoryId\/test$/, [400, 'connector.general', 'What the mail provider answered.']],
  [/ \/email-templates\/:id/, 'template.not_found'],
  [/^DELETE \/email-templates$/, 'template.no_filter'],
];

export function expectedRefusals(route: Pick<Route, 'method' | 'path' | 'refusals' | 'access'>): Expected[] {
  const where = `${route.method} ${route.path}`;
  const found = expectations.filter(([pattern]) => pattern.test(where)).flatMap(([, ...codes]) => codes);
  if (route.access) found.push('access.denied');
  const told = [...new Set(found)].map((refused) => {
    if (typeof refused !== 'string') return { status: refused[0], code: refused[1], text: refused[2] };
    const [status, code]: Answer = route.refusals?.[refused] ?? refusals[refused];
    return { status, code, text: new Refusal(refused).message };
  });
  return told.sort((a, b) => a.status - b.status);
}
