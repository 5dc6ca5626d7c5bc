/** Lists of organizations, newest first. */
import { type Statement, sql } from '../../../db/db.ts';
import { type ProfiledOrganization, profiledColumns } from '../../../domain/organizations/organizations.ts';
import { matching } from '../../../domain/page.ts';
import type { ScalekitDoor } from '../door.ts';
import { type PageAsk, pageOf, pagesOf, within } from '../paging.ts';
import { organizationView } from './view.ts';

export function listOrganizations(door: ScalekitDoor, ask: PageAsk & { externalId?: string | undefined }) {
  const { externalId } = ask;
  const filter = externalId ? sql`o.external_id = ${externalId}` : sql`true`;
  return find(door, ask, `organizations ${externalId ?? ''}`, filter);
}

/** By name, external id, slug, or the id as this door writes it. */
export function searchOrganizations(door: ScalekitDoor, ask: PageAsk & { query: string }) {
  const { query } = ask;
  const texts = matching(query.normalize('NFC'), sql`o.name`, sql`o.external_id`, sql`o.slug`);
  const number = /^org_(\d{19})$/.exec(query)?.[1];
  const filter =
    number !== undefined && number <= '9223372036854775807'
      ? sql`public_number(o.id) = ${number}::bigint`
      : texts;
  return find(door, ask, `search ${query}`, filter);
}

async function find(door: ScalekitDoor, ask: PageAsk, list: string, filter: Statement) {
  const { db, tenantId } = door;
  const page = pageOf(ask, list);
  const { condition, order, limit } = within(page, [sql`o.created_at`, sql`o.id`], 'desc');
  const [rows, count] = await Promise.all([
    db.rows<ProfiledOrganization>(sql`
      select ${profiledColumns} from organizations o
       where o.tenant_id = ${tenantId} and ${filter} and ${condition} order by ${order} ${limit}`),
    db.first<{ total: number }>(
      sql`select count(*) as total from organizations o where o.tenant_id = ${tenantId} and ${filter}`,
    ),
  ]);
  const { items, ...tokens } = pagesOf(page, rows, ({ createdAt, id }) => [createdAt, id]);
  return {
    ...tokens,
    totalSize: count!.total,
    organizations: items.map((organization) => organizationView(door, organization)),
  };
}
