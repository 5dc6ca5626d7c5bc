/** docs/access.md: who may call which route, written from the routes themselves. */
import { permissions } from '../../../domain/access.ts';
import { guidance } from '../guidance.ts';
import type { Route } from '../route.ts';

const intro = `# Who may call what

Written by \`npm run openapi\` from the table of routes; a test finds it stale. What a route takes and answers is in
[openapi.json](../server/openapi.json).

Four kinds of callers come to \`/api\`, each with a bearer token of this server:

- **management**: an application (or user) that manages the tenant. It may call every route but those under \`/my\`.
- **member** and **bot**: with a token of one organization. They may call what the table gives a permission for, in that
  organization alone: every other one is as if it did not exist. What counts is what their roles give at the moment of the
  call, cut down to the scopes of the token.
- **person**: with an access token of their own (scope \`openid\`) or one of an organization to which they belong, made for an
  application of the tenant itself. They may call what is under \`/my\`.

Beyond permissions, nobody grants, changes or takes away more than they hold themselves: roles whose scopes and rank
their own cover. It is judged when inviting, renewing, approving and assigning, and again when an invitation is accepted.
\`POST /organizations/{id}/why\` says whether an act would be allowed, and by which of these rules it is not:`;

const rules: Readonly<Record<number, string>> = {
  1: 'One open invitation for an organization and address',
  3: 'A member’s address is not invited again',
  4: 'An invitation ends once',
  6: 'Nobody grants, changes or takes away more than they hold',
  9: 'Members and pending invitations do not exceed the seats',
  10: 'An organization that has an owner keeps one',
  11: 'Who was suspended or removed comes back by an act of somebody with authority only',
  12: 'Mail is bounded',
  17: 'Disabled organizations and suspended users are closed to every path',
  18: 'What is of another organization does not exist',
  20: 'Bad input is refused, and nothing is half done',
};

export function accessText(routes: readonly Route[]): string {
  const told = [...new Set(Object.values(guidance).flatMap(({ rule }) => rule ?? []))].sort((a, b) => a - b);
  return [
    intro,
    table(
      ['rule', 'says'],
      told.map((rule) => [String(rule), rules[rule] ?? 'unnamed']),
    ),
    '## Permissions',
    table(
      ['permission', 'for'],
      Object.entries(permissions).map(([name, what]) => [`\`${name}\``, what]),
    ),
    '## Routes',
    'A dash: not at all. “belonging”: every member and bot of the organization.',
    ...[...Map.groupBy(routes, ({ tag }) => tag)].flatMap(([tag, all]) => [`### ${tag}`, routeTable(all)]),
    '',
  ].join('\n\n');
}

const routeTable = (routes: readonly Route[]) =>
  table(
    ['route', 'management', 'member, bot', 'person'],
    routes.map((route) => [
      `\`${route.method} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}\``,
      route.isOwn ? '–' : 'yes',
      needs(route),
      route.isOwn ? 'their own' : '–',
    ]),
  );

function needs({ access }: Route): string {
  if (!access) return '–';
  return access.permission === 'membership' ? 'belonging' : `\`${access.permission}\``;
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
