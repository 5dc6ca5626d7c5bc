/** Sections of the account page: profile, browsers, organizations. */
import type { Session } from '../../../domain/sessions/sessions.ts';
import { inertName } from '../../../outbox/mail/inert.ts';
import { fieldBlock } from '../forms.ts';
import { person as isolated } from '../frame.ts';
import { type Content, html } from '../html.ts';
import { plainSentence } from '../sentence.ts';
import { relative, timeElement } from '../times.ts';
import type { AccountScene } from './account-scene.ts';
import { browserName } from './browser-name.ts';
import type { Problems } from './overview.ts';

export function section(id: string, title: string, ...content: readonly Content[]): Content {
  return html`<section class="panel" aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${content}
</section>`;
}

/** What it is about at one side, what can be done with it at the other. */
export const row = (about: Content, ...actions: readonly Content[]): Content =>
  html`<li><div>${about}</div><div class="row-actions">${actions}</div></li>\n`;

/** `last used 3 hours ago`, with the exact time for programs. */
export function timed(text: string, at: number, now: number, language: string): Content {
  const [before, after] = text.split('{time}');
  return [before, timeElement(at, relative(at, now, language)), after];
}

export function profileSection({ person, said, visit }: AccountScene, problems: Problems): Content {
  const { profile } = said;
  return section(
    'profile',
    profile.title,
    html`<form method="post" action="/account/profile" novalidate>
${visit.formField}
${fieldBlock({ name: 'name', label: profile.name, value: problems.name ?? person.name ?? undefined, autocomplete: 'name', maxLength: 128 })}
${fieldBlock({ name: 'avatar', label: profile.avatar, type: 'url', value: problems.avatar ?? person.avatar ?? undefined, hint: profile.avatarHint, problem: problems.avatarProblem, autocomplete: 'photo', maxLength: 2048 })}
<button type="submit" class="second fit">${said.save}</button>
</form>`,
  );
}

export function sessionsSection(
  { said, visit, language }: AccountScene,
  sessions: readonly Session[],
  here: Session,
  now: number,
): Content {
  const { sessions: words } = said;
  const rows = sessions.map((session) => {
    const name = browserIn(said, session.userAgent);
    const isHere = session.uid === here.uid;
    const used = isHere ? words.here : timed(words.seen, session.seenAt, now, language);
    return row(
      html`<strong>${name}</strong><small>${used}</small>`,
      !isHere &&
        html`<form method="post" action="/account/sessions/end">${visit.formField}<input type="hidden" name="uid" value="${session.uid}"><button type="submit" class="second small" aria-label="${words.end}: ${name}">${words.end}</button></form>`,
    );
  });
  return section(
    'sessions',
    words.title,
    html`<ul class="rows">${rows}</ul>`,
    sessions.length > 1 &&
      html`<form method="post" action="/account/sessions/end-others">${visit.formField}<button type="submit" class="second fit">${words.endOthers}</button></form>`,
  );
}

function browserIn({ sessions }: AccountScene['said'], userAgent: string | null): string {
  const { browser, system } = browserName(userAgent);
  return browser && system
    ? plainSentence(sessions.browserOn, { browser, system })
    : (browser ?? system ?? sessions.unknown);
}

type Belonging = { id: string; name: string; organizationRoles: readonly { name: string }[] };

/** Who belongs somewhere for a time is told when that ends, before it does. */
export function organizationsSection(
  { said, language }: AccountScene,
  organizations: readonly Belonging[],
  ends: ReadonlyMap<string, number>,
  now: number,
): Content {
  const { organizations: words } = said;
  const endOf = (id: string) => {
    const end = ends.get(id);
    if (end === undefined) return undefined;
    return html`<small>${end > now ? timed(words.ends, end, now, language) : words.over}</small>`;
  };
  const rows = organizations.map(({ id, name, organizationRoles }) => {
    const shown = inertName(name) || '–';
    const roles = organizationRoles.map((role) => inertName(role.name)).join(', ');
    return row(
      html`<strong>${isolated(shown)}</strong><small>${isolated(roles)}</small>${endOf(id)}`,
      html`<a class="button second small" href="/account/organizations/${id}/leave" aria-label="${words.leave}: ${shown}">${words.leave}</a>`,
    );
  });
  return section(
    'organizations',
    words.title,
    rows.length > 0 ? html`<ul class="rows">${rows}</ul>` : html`<p class="soft">${words.none}</p>`,
  );
}
