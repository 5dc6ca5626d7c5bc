/** Getting started: from a secret to a member, and what holds for every call. */
import { managementIndicator } from '../../../domain/tenants/seed.ts';
import { type Html, html } from '../html.ts';

type Place = { readonly url: string; readonly tenantId: string };

const bearer = '-H "Authorization: Bearer $TOKEN"';
const json = '-H "Content-Type: application/json"';
const shown = (text: string): Html => html`<pre tabindex="0"><code>${text}</code></pre>`;

export const chapters = [
  ['getting-started', 'Getting started'],
  ['errors', 'Errors'],
  ['paging', 'Paging'],
  ['idempotency', 'Repeating safely'],
] as const;

export const startChapters = (place: Place): Html =>
  html`${gettingStarted(place)}${errors}${paging(place)}${idempotency(place)}`;

function gettingStarted({ url, tenantId }: Place): Html {
  return html`<section class="chapter" id="getting-started">
<h2>Getting started</h2>
<p>Five calls take you from nothing to a member of an organization. The first start of the server prints a client id and secret, and says where they are kept.</p>
<ol class="steps">
<li><h3>Get a token</h3>
<p>A machine-to-machine client exchanges its secret for a bearer token that is good for an hour. <code>resource</code> names the Management API.</p>
${shown(`curl ${url}/oidc/token \\
  -d grant_type=client_credentials \\
  -d client_id=$USHER_CLIENT_ID \\
  -d client_secret=$USHER_CLIENT_SECRET \\
  -d resource=${managementIndicator(tenantId)} \\
  -d scope=all`)}
<p>Every call below carries the <code>access_token</code> of the answer as <code>$TOKEN</code>.</p></li>
<li><h3>Create an organization</h3>
${shown(`curl ${url}/api/organizations \\
  ${bearer} \\
  ${json} \\
  -d '{ "name": "Acme" }'`)}
<p>Three roles are there from the start: owner, admin and member. <a href="#listOrganizationRoles">List them</a> for their ids.</p></li>
<li><h3>Invite somebody</h3>
${shown(`curl ${url}/api/organization-invitations \\
  ${bearer} \\
  ${json} \\
  -H "Idempotency-Key: invite-ann-1" \\
  -d '{
    "organizationId": "'$ORGANIZATION_ID'",
    "invitee": "ann@example.com",
    "organizationRoleIds": ["'$ROLE_ID'"],
    "expiresAt": '$(( ($(date +%s) + 604800) * 1000 ))',
    "messagePayload": { "locale": "en" }
  }'`)}
<p>With a <code>messagePayload</code> the mail goes out by itself, with a link of ours or with the <code>link</code> that you give. Without it you get no mail, and <a href="#getOrganizationInvitationLink">a link to hand over</a> yourself.</p></li>
<li><h3>Accept it for the invitee</h3>
<p>Once you know who they are: the user must own the invited address.</p>
${shown(`curl ${url}/api/users \\
  ${bearer} ${json} \\
  -d '{ "primaryEmail": "ann@example.com", "name": "Ann" }'

curl -X PUT ${url}/api/organization-invitations/$INVITATION_ID/status \\
  ${bearer} ${json} \\
  -d '{ "status": "Accepted", "acceptedUserId": "'$USER_ID'" }'`)}</li>
<li><h3>Ask what they may do</h3>
${shown(`curl ${url}/api/organizations/$ORGANIZATION_ID/users/$USER_ID/scopes \\
  ${bearer}`)}
<p>This is the answer of this very moment, whatever a token issued earlier says.</p></li>
</ol>
</section>
`;
}

const errors: Html = html`<section class="chapter" id="errors">
<h2>Errors</h2>
<p>Every refusal has the same body. Branch on <code>code</code>, which is stable; <code>message</code> is for people.</p>
${shown(`{
  "code": "guard.invalid_input",
  "message": "The request is not valid.",
  "data": {
    "name": "ValidationError",
    "issues": [{ "path": ["body", "name"], "code": "minLength", "message": "must NOT have fewer than 1 characters" }]
  },
  "details": "Error in key path \\"body.name\\": must NOT have fewer than 1 characters"
}`)}
<dl class="refusals">
<div><dt><code>400</code></dt><dd>The request itself is wrong; the fields are named.</dd></div>
<div><dt><code>401</code></dt><dd>No token, or one that is not valid here: <code>auth.unauthorized</code>.</dd></div>
<div><dt><code>403</code></dt><dd>The token lacks the scope <code>all</code>: <code>auth.forbidden</code>.</dd></div>
<div><dt><code>404</code></dt><dd>What the path names does not exist, or is not yours.</dd></div>
<div><dt><code>405</code></dt><dd>The path has other methods; <code>Allow</code> lists them.</dd></div>
<div><dt><code>422</code></dt><dd>Understood and refused; <code>data.reason</code> says why in one word.</dd></div>
<div><dt><code>429</code></dt><dd>Too much mail at once; <code>Retry-After</code> says when to come back.</dd></div>
<div><dt><code>501</code></dt><dd>No e-mail connector is set: <code>connector.not_found</code>.</dd></div>
<div><dt><code>503</code></dt><dd>The database cannot be reached; try again.</dd></div>
</dl>
</section>
`;

const paging = ({ url }: Place): Html => html`<section class="chapter" id="paging">
<h2>Paging</h2>
<p><code>page</code> counts from 1, <code>page_size</code> goes to 100 and is 20 unless you say otherwise. <code>Total-Number</code> tells how many there are, <code>Link</code> where to go on. Some lists come whole when neither is given; those that always page say so by having no other way.</p>
${shown(`curl -i "${url}/api/organizations?page=2&page_size=50" ${bearer}

HTTP/1.1 200 OK
Total-Number: 168
Link: <${url}/api/organizations?page=1&page_size=50>; rel="first",
      <${url}/api/organizations?page=1&page_size=50>; rel="prev",
      <${url}/api/organizations?page=3&page_size=50>; rel="next",
      <${url}/api/organizations?page=4&page_size=50>; rel="last"`)}
</section>
`;

const idempotency = ({ url }: Place): Html => html`<section class="chapter" id="idempotency">
<h2>Repeating safely</h2>
<p>A <code>POST</code> with an <code>Idempotency-Key</code> acts once. Whoever sends it again with the same body, after a timeout for example, gets the same answer for a day; with another body it is refused with <code>422 request.idempotency_key_reused</code>.</p>
${shown(`curl ${url}/api/organizations \\
  ${bearer} ${json} \\
  -H "Idempotency-Key: 7f9c2a" \\
  -d '{ "name": "Acme" }'`)}
</section>
`;
