/**
 * The list of invitations has no upper bound when no page is asked for, as the field's clients expect. What one
 * slice holds is answered as JSON from PostgreSQL; a longer list is streamed, so that none fills the memory.
 */
import { Readable } from 'node:stream';
import { sql } from '../../db/db.ts';
import {
  countInvitations,
  eachInvitation,
  type InvitationFilter,
  sliceSize,
} from '../../domain/invitations/find.ts';
import { listInvitationsAsJson } from '../../domain/invitations/list-json.ts';
import type { ListedInvitation } from '../../domain/invitations/rows.ts';
import { within } from '../../domain/page.ts';
import type { Call, JsonListing } from './route.ts';

type Present = (invitation: ListedInvitation) => object;

/** A page, or everything: as JSON text where one slice holds it. */
export async function listInvitations(
  { db, tenantId, at, page, header }: Call<unknown, unknown, unknown>,
  filter: InvitationFilter,
  present: Present,
): Promise<JsonListing | Readable> {
  if (page) {
    const [{ json }, total] = await Promise.all([
      listInvitationsAsJson(db, tenantId, filter, within(page), at),
      countInvitations(db, tenantId, filter, at),
    ]);
    return { json, total };
  }
  const { json, count } = await listInvitationsAsJson(db, tenantId, filter, sql`limit ${sliceSize}::int`, at);
  if (count < sliceSize) return { json, total: count };
  header('content-type', 'application/json; charset=utf-8');
  return Readable.from(asJson(eachInvitation(db, tenantId, filter, at), present));
}

async function* asJson(slices: AsyncIterable<ListedInvitation[]>, present: Present) {
  let opening = '[';
  for await (const slice of slices) {
    if (slice.length === 0) continue;
    yield opening + slice.map((invitation) => JSON.stringify(present(invitation))).join();
    opening = ',';
  }
  yield opening === '[' ? '[]' : ']';
}
