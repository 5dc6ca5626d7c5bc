/** The words of the document that belong to no single route. */
export const introduction = `Organizations, their members and roles, and invitations by mail, for the backend of an application.

Every request carries a bearer token by client credentials with the scope \`all\`. Times are milliseconds since the epoch. Unknown fields are ignored. Every answer has a \`Logto-Core-Request-Id\`; answers to GET have an \`ETag\`.

- **Errors** have the body \`{ code, message, data?, details? }\`. Branch on \`code\`, never on \`message\`.
- **Paging**: \`page\` and \`page_size\`; the answer says \`Total-Number\` and \`Link\`. Where paging is optional, the list is complete without them.
- **Repeating a POST** is safe with an \`Idempotency-Key\`.

What is marked (Usher) goes beyond the API of Logto, whose clients work with this one unchanged.`;

export const tagTexts: Record<string, string> = {
  Organizations:
    'The customers of an application: each has members, bots, invitations and settings of its own.',
  'Organization users': 'Who is a member of an organization, with what roles, and what they may do there.',
  'Organization applications': 'Bots: machine-to-machine applications that are members of an organization.',
  'Just-in-time joining':
    'E-mail domains whose people join an organization by themselves, and the roles they get.',
  'Organization policy':
    'What an organization says about who may be invited, by whom, for how long, and what is approved first.',
  'Join links': 'Links that many may use to join an organization, or to ask for it.',
  'Join requests': 'People who ask to join an organization, and the answers.',
  'Organization roles':
    'What members can be: roles shared by all organizations, with the scopes that they give.',
  'Organization scopes': 'What members may do inside an organization, such as `invite:member`.',
  'Organization invitations':
    'Inviting an address into an organization, and the whole life of the invitation: sent, sent again, renewed, accepted, rejected, revoked, expired.',
  Ownership: 'Owners hand over what they are to another member, who has to accept it.',
  Why: 'Asking whether something is allowed, before doing it.',
  'My own':
    'For a signed-in person, with an access token of their own that has the scope `openid`, or one of an organization.',
  Users: 'People, whether or not they are members of anything.',
  Applications:
    'What calls this server: single-page, web, native and machine-to-machine applications, and their secrets.',
  'API resources': 'The APIs of an application that tokens are made for, and their scopes.',
  Roles: 'Roles of the whole tenant, for machine-to-machine applications.',
  'E-mail connectors': 'How mail leaves: SMTP, an HTTP provider, or the mailbox of development.',
  'E-mail templates': 'What mails say, by language and purpose, in the place of the built-in ones.',
  'Sign-in experience':
    'The name, logo, colours and languages of the pages and mails, and whether people may sign up.',
  Webhooks:
    'Messages to other servers about what happens, signed, in order for each organization, until they arrive.',
  Hooks: 'The same in Logto’s words: its events, its payload, its signature.',
  'Signing keys': 'The keys that tokens are signed with.',
};
