/** Whom a request is about, and how they are shown with every place where they belong. */
import type { Queries } from '../../../db/db.ts';
import {
  type Belonging,
  findBelongings,
  getPerson,
  idByExternalId,
  type Person,
} from '../../../domain/members/roster.ts';
import { templateOf } from '../../../domain/roles/template.ts';
import type { User } from '../descriptors.ts';
import type { ScalekitDoor } from '../door.ts';
import { invalid } from '../errors.ts';
import { UnknownName } from '../ids.ts';
import { messageOf, viewing } from '../member-view.ts';

type Identities =
  | { readonly case: 'id' | 'externalId'; readonly value: string }
  | { readonly case: undefined; readonly value?: undefined };

/** The id of whom the request names. Refuses NOT_FOUND, or INVALID_ARGUMENT where it names nobody. */
export async function whom(door: ScalekitDoor, { case: by, value }: Identities): Promise<string> {
  if (!value) throw invalid('id', 'say whose, by id or external_id');
  return by === 'id' ? door.ids.user(value) : idByExternalId(door.db, door.tenantId, value);
}

/** The text to look for: our own id of whom the query names in full, for the names at this door are kept nowhere. */
export async function soughtBy({ ids }: ScalekitDoor, query: string): Promise<string> {
  if (!/^usr_\d{19}$/.test(query)) return query;
  return ids.user(query).catch((error: unknown) => {
    if (error instanceof UnknownName) return query;
    throw error;
  });
}

/** Refuses: user.not_found. */
export async function wholeUser(door: ScalekitDoor, userId: string, db: Queries = door.db): Promise<User> {
  const [person, { of, version }] = await Promise.all([
    getPerson(db, door.tenantId, userId),
    findBelongings(db, door.tenantId, [userId], door.clock()),
  ]);
  const view = viewing(door.ids, door.tenantId, await templateOf(db, door.tenantId, version));
  return messageOf(view(person, of.get(userId) ?? []));
}

/** Views of these people, each with all places. */
export async function wholeUsers(door: ScalekitDoor, people: readonly Person[]) {
  const { db, tenantId } = door;
  const ids = people.map(({ id }) => id);
  const { of, version } = await findBelongings(db, tenantId, ids, door.clock());
  const view = viewing(door.ids, tenantId, await templateOf(db, tenantId, version));
  return people.map((person) => view(person, of.get(person.id) ?? []));
}

/** How the person belongs to the organization; undefined: not at all. */
export async function standingIn(
  db: Queries,
  { tenantId, clock }: Pick<ScalekitDoor, 'tenantId' | 'clock'>,
  organizationId: string,
  userId: string,
): Promise<Belonging | undefined> {
  const { of } = await findBelongings(db, tenantId, [userId], clock(), organizationId);
  return of.get(userId)?.[0];
}
