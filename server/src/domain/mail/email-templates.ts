/** The tenant's own e-mail templates: one for each language and kind of mail. */
import type { Act } from '../../act.ts';
import { type Queries, type Statement, sql } from '../../db/db.ts';
import { newId } from '../ids.ts';
import { refuse } from '../refusal.ts';

export type TemplateDetails = {
  subject: string;
  content: string;
  contentType?: 'text/html' | 'text/plain';
  replyTo?: string;
  sendFrom?: string;
};

export type EmailTemplate = {
  tenantId: string;
  id: string;
  languageTag: string;
  templateType: string;
  details: TemplateDetails;
  createdAt: number;
};

export type TemplateFilter = { languageTag?: string | undefined; templateType?: string | undefined };

const columns = sql`tenant_id as "tenantId", id, language_tag as "languageTag", template_type as "templateType", details, created_at as "createdAt"`;

/** Sets each, in place of the one of its language and kind, whose id and age stay. In the order of the input. */
export function setTemplates(
  act: Act,
  inputs: readonly { languageTag: string; templateType: string; details: TemplateDetails }[],
): Promise<EmailTemplate[]> {
  return act.atomically(async ({ db }) => {
    await db.run(sql`select id from tenants where id = ${act.tenantId} for no key update`);
    const templates: EmailTemplate[] = [];
    for (const { languageTag, templateType, details } of inputs) {
      const template = await db.first<EmailTemplate>(sql`
        insert into email_templates (tenant_id, id, language_tag, template_type, details, created_at)
        values (${act.tenantId}, ${newId(act.at)}, ${languageTag}, ${templateType}, ${details}, ${act.at})
        on conflict on constraint email_templates_one do update set details = excluded.details returning ${columns}`);
      templates.push(template!);
    }
    return templates;
  });
}

export async function getTemplate(db: Queries, tenantId: string, id: string): Promise<EmailTemplate> {
  const template = await db.first<EmailTemplate>(
    sql`select ${columns} from email_templates where tenant_id = ${tenantId} and id = ${id}`,
  );
  return template ?? refuse('template.not_found', { id });
}

/** Merges what is given. Refuses: template.not_found. */
export async function changeTemplateDetails(
  act: Act,
  id: string,
  details: Partial<TemplateDetails>,
): Promise<EmailTemplate> {
  const template = await act.db.first<EmailTemplate>(sql`
    update email_templates set details = details || ${details}::jsonb where tenant_id = ${act.tenantId} and id = ${id} returning ${columns}`);
  return template ?? refuse('template.not_found', { id });
}

/** Refuses: template.not_found. */
export async function deleteTemplate(act: Act, id: string): Promise<void> {
  if (
    (await act.db.run(sql`delete from email_templates where tenant_id = ${act.tenantId} and id = ${id}`)) ===
    0
  ) {
    refuse('template.not_found', { id });
  }
}

/** Deletes those that match and returns how many. Refuses: template.no_filter. */
export async function deleteTemplates(act: Act, filter: TemplateFilter): Promise<number> {
  if (!filter.languageTag && !filter.templateType) refuse('template.no_filter');
  return act.db.run(sql`delete from email_templates where ${conditions(act.tenantId, filter)}`);
}

/** By language, then kind. */
export const findTemplates = (
  db: Queries,
  tenantId: string,
  filter: TemplateFilter = {},
): Promise<EmailTemplate[]> =>
  db.rows<EmailTemplate>(
    sql`select ${columns} from email_templates where ${conditions(tenantId, filter)} order by language_tag, template_type`,
  );

function conditions(tenantId: string, { languageTag, templateType }: TemplateFilter): Statement {
  let all = sql`tenant_id = ${tenantId}`;
  if (languageTag) all = sql`${all} and language_tag = ${languageTag}`;
  if (templateType) all = sql`${all} and template_type = ${templateType}`;
  return all;
}
