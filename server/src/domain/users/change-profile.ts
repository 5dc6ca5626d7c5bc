/**
 * Changes what is said of a person: names and what else the profile tells, the application's own id and texts. What is
 * absent stays; empty text clears. A name that was put together from given and family name follows them.
 */
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { refuse } from '../refusal.ts';
import { changeUser } from './users.ts';

export type ProfileChange = {
  readonly externalId?: string | undefined;
  readonly name?: string | undefined;
  readonly avatar?: string | undefined;
  readonly phone?: string | undefined;
  readonly givenName?: string | undefined;
  readonly familyName?: string | undefined;
  readonly locale?: string | undefined;
  readonly preferredUsername?: string | undefined;
  readonly gender?: string | undefined;
  /** All texts in the custom data; what else it holds stays. */
  readonly texts?: Readonly<Record<string, string>> | undefined;
};

type Before = {
  name: string | null;
  profile: Record<string, unknown>;
  customData: Record<string, unknown>;
};

/** Refuses: user.not_found, user.external_id_taken, user.phone_taken. */
export function changeProfile(act: Act, id: string, change: ProfileChange): Promise<void> {
  return act.atomically(async (tx) => {
    const before = await tx.db.first<Before>(sql`
      select name, profile, custom_data as "customData" from users where tenant_id = ${act.tenantId} and id = ${id} for no key update`);
    if (!before) return refuse('user.not_found', { id });
    const { externalId, avatar, phone, texts } = change;
    const profile = profileAfter(before.profile, change);
    await changeUser(tx, id, {
      externalId,
      avatar,
      primaryPhone: phone,
      name: nameAfter(before, profile, change),
      profile: profile === before.profile ? undefined : profile,
      customData: texts && { ...notText(before.customData), ...texts },
    });
  });
}

const fields = ['givenName', 'familyName', 'locale', 'preferredUsername', 'gender'] as const;

function profileAfter(before: Before['profile'], change: ProfileChange): Before['profile'] {
  const said = fields.filter((field) => change[field] !== undefined);
  if (said.length === 0) return before;
  const after = { ...before };
  for (const field of said) {
    if (change[field] === '') delete after[field];
    else after[field] = change[field];
  }
  return after;
}

function nameAfter(before: Before, after: Before['profile'], change: ProfileChange): string | undefined {
  if (change.name !== undefined) return change.name;
  const isDerived = !before.name || before.name === together(before.profile);
  return isDerived && after !== before.profile ? together(after) : undefined;
}

const together = ({ givenName, familyName }: Before['profile']): string =>
  [givenName, familyName].filter((part) => typeof part === 'string' && part !== '').join(' ');

const notText = (data: Before['customData']) =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => typeof value !== 'string'));
