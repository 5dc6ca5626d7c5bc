/**
 * The list of invitations has no upper bound when no page is asked for, as the field's clients expect. What one
 * slice holds is answered at once; a longer list is streamed slice by slice, so that none fills the memory.
 */
import { Readable } from 'node:stream';
import { sql } from '../../db/db.ts';
import { countInvitations, type InvitationFilter } from '../../domain/invitations/find.ts';
import { type Slice, sliceAsJson } from '../../domain/invitations/list-json.ts';
import { within } from '../../domain/page.ts';
import type { Call, JsonListing } from './route.ts';

const sliceSize = 1000;

/** A page, or everything, as JSON text. */
export async function listInvitations(
  { db, tenantId, at, page, header }: Call<unknown, unknown, unknown>,
  filter: InvitationFilter,
): Promise<JsonListing | Readable> {
  if (page) {
    const [{ json }, total] = await Promise.all([
      sliceAsJson(db, tenantId, filter, within(page), at),
      countInvitations(db, tenantId, filter, at),
    ]);
    return { json: `[${json}]`, total };
  }
  const slice = (after?: Slice['last']) =>
    sliceAsJson(db, tenantId, filter, sql`limit ${sliceSize}::int`, at, after);
  const first = await slice();
  if (first.count < sliceSize) return { json: `[${first.json}]`, total: first.count };
  header('content-type', 'application/json; charset=utf-8');
  return Readable.from(slices(first, slice));
}

async function* slices(first: Slice, next: (after: Slice['last']) => Promise<Slice>) {
  yield `[${first.json}`;
  for (let { count, last } = first; count === sliceSize; ) {
    const slice = await next(last);
    if (slice.count > 0) yield `,${slice.json}`;
    ({ count, last } = slice);
  }
  yield ']';
}
