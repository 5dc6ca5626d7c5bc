/** Names for routes, as clients made from the document call them: `listOrganizationUserRoles`. */
import type { Route } from '../route.ts';

type Named = Pick<Route, 'method' | 'path' | 'success'>;

const irregular: Record<string, string> = {
  'PATCH /organizations/:id/is-disabled': 'setOrganizationDisabled',
  'PATCH /organizations/:id/users/:userId/is-suspended': 'setOrganizationUserSuspended',
  'POST /organizations/:id/why': 'askWhy',
  'POST /organizations/:id/ownership-transfers': 'offerOwnership',
  'DELETE /organizations/:id/ownership-transfers/:transferId': 'withdrawOwnershipTransfer',
  'POST /my/ownership-transfers/:id/accept': 'acceptOwnershipTransfer',
  'POST /my/ownership-transfers/:id/decline': 'declineOwnershipTransfer',
  'POST /my/invitations/:id/accept': 'acceptMyInvitation',
  'POST /my/invitations/:id/reject': 'rejectMyInvitation',
  'DELETE /my/organizations/:id': 'leaveOrganization',
  'PUT /organizations/:id/seats': 'setOrganizationSeatLimit',
  'POST /organization-invitations/:id/message': 'sendOrganizationInvitationMessage',
  'PUT /organization-invitations/:id/status': 'setOrganizationInvitationStatus',
  'POST /organization-invitations/:id/renew': 'renewOrganizationInvitation',
  'POST /organization-invitations/:id/approve': 'approveOrganizationInvitation',
  'GET /organizations/:id/join-links/:linkId/link': 'getOrganizationJoinLinkAddress',
  'POST /organizations/:id/join-links': 'createOrganizationJoinLink',
  'POST /organizations/:id/join-links/:linkId/regenerate': 'regenerateOrganizationJoinLink',
  'POST /organizations/:id/join-requests/:requestId/approve': 'approveOrganizationJoinRequest',
  'POST /organizations/:id/join-requests/:requestId/decline': 'declineOrganizationJoinRequest',
  'GET /my/join-requests/organizations': 'listMyOrganizationsToAsk',
  'POST /my/join-requests': 'createMyJoinRequest',
  'GET /my/join-requests': 'listMyJoinRequests',
  'DELETE /my/join-requests/:id': 'withdrawMyJoinRequest',
  'PUT /organizations/:id/policy': 'setOrganizationPolicy',
  'GET /organizations/:id/policy': 'getOrganizationPolicy',
  'PATCH /users/:id/custom-data': 'mergeUserCustomData',
  'PATCH /users/:id/profile': 'mergeUserProfile',
  'PATCH /users/:id/is-suspended': 'setUserSuspended',
  'PATCH /users/:id/password': 'setUserPassword',
  'POST /applications/:id/secrets': 'createApplicationSecret',
  'PATCH /resources/:id/is-default': 'setDefaultResource',
  'POST /resources/:id/scopes': 'createResourceScope',
  'POST /connectors/:factoryId/test': 'testConnector',
  'PATCH /hooks/:id/signing-key': 'changeHookSigningKey',
  'POST /hooks/:id/test': 'testHook',
  'GET /hooks/:id/recent-logs': 'listHookRecentLogs',
  'POST /webhooks/:id/secret': 'changeWebhookSecret',
  'GET /webhooks/:id/secret': 'getWebhookSecret',
  'POST /webhooks/:id/test': 'testWebhook',
  'POST /webhooks/:id/pause': 'pauseWebhook',
  'POST /webhooks/:id/resume': 'resumeWebhook',
  'POST /webhooks/:id/deliveries/:deliveryId/redeliver': 'redeliverWebhookDelivery',
  'PUT /email-templates': 'setEmailTemplates',
  'GET /organizations/:id/is-disabled': 'isOrganizationDisabled',
  'GET /sign-in-exp': 'getSignInExperience',
  'PATCH /sign-in-exp': 'updateSignInExperience',
  'GET /configs/oidc/private-keys': 'listSigningKeys',
  'POST /configs/oidc/private-keys/rotate': 'rotateSigningKeys',
  'DELETE /configs/oidc/private-keys/:id': 'withdrawSigningKey',
};

export function operationId(route: Named): string {
  const known = irregular[`${route.method} ${route.path}`];
  if (known) return known;
  const segments = route.path.split('/').slice(1);
  const isNested = segments.some((segment) => segment.startsWith(':'));
  const isCreated = route.method === 'POST' && !isNested;
  const noun = segments
    .map((segment, at) => {
      if (segment.startsWith(':')) return '';
      const isOne = segments[at + 1]?.startsWith(':') || (isCreated && at === segments.length - 1);
      return pascal(isOne ? singular(segment) : segment);
    })
    .join('');
  return verb(route, segments) + noun;
}

function verb({ method, success }: Named, segments: readonly string[]): string {
  const parameters = segments.filter((segment) => segment.startsWith(':')).length;
  switch (method) {
    case 'GET':
      return (success[1] as { type?: string } | null)?.type === 'array' ? 'list' : 'get';
    case 'POST':
      return parameters === 0 ? 'create' : 'add';
    case 'PUT':
      return 'replace';
    case 'PATCH':
      return 'update';
    case 'DELETE':
      return parameters > 1 ? 'remove' : 'delete';
  }
}

const singular = (word: string) => word.replace(/ies$/, 'y').replace(/s$/, '');
const pascal = (word: string) => word.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
