/**
 * The list of invitations has no upper bound when no page is asked for, as the field's clients expect. A short one is
 * answered as any other; a long one is streamed in slices, so that no list fills the memory.
 */
import { Readable } from 'node:stream';
import {
  countInvitations,
  eachInvitation,
  findInvitations,
  type InvitationFilter,
  sliceSize,
} from '../../domain/invitations/find.ts';
import type { ListedInvitation } from '../../domain/invitations/rows.ts';
import type { Call, Listing } from './route.ts';

type Present = (invitation: ListedInvitation) => object;

export async function listInvitations(
  { db, tenantId, at, page, header }: Call<unknown, unknown, unknown>,
  filter: InvitationFilter,
  present: Present,
): Promise<Listing<object> | Readable> {
  if (page) {
    const [items, total] = await Promise.all([
      findInvitations(db, tenantId, filter, page, at),
      countInvitations(db, tenantId, filter, at),
    ]);
    return { items: items.map(present), total };
  }
  const slices = eachInvitation(db, tenantId, filter, at);
  const first = (await slices.next()).value ?? [];
  if (first.length < sliceSize) return { items: first.map(present), total: first.length };
  header('content-type', 'application/json; charset=utf-8');
  return Readable.from(asJson(first, slices, present));
}

async function* asJson(first: ListedInvitation[], rest: AsyncIterable<ListedInvitation[]>, present: Present) {
  const written = (slice: ListedInvitation[]) =>
    slice.map((invitation) => JSON.stringify(present(invitation))).join();
  yield `[${written(first)}`;
  for await (const slice of rest) if (slice.length > 0) yield `,${written(slice)}`;
  yield ']';
}
