/** The variables that an application sends: none that the mail fills itself, and all that the tenant's template asks for. */
import { sql } from '../../../db/db.ts';
import type { Carried } from '../../../domain/proofs/for-application.ts';
import { variablesIn } from '../../../outbox/mail/render.ts';
import { type StoredTemplate, selectTemplate } from '../../../outbox/mail/select-template.ts';
import type { ScalekitDoor } from '../door.ts';
import { invalid } from '../errors.ts';

/** Filled by the mail, here or where these clients come from. `locale` chooses the language. */
const reserved = new Set([
  'otp',
  'expiry_time_relative',
  'link',
  'expire_time',
  'expiry_time',
  'code',
  'application',
  'organization',
  'inviter',
  'invitee',
  'address',
]);

type Ask = {
  readonly usageType: string;
  readonly carried: Carried;
  readonly variables: Readonly<Record<string, string>>;
};

/** Refuses INVALID_ARGUMENT. */
export async function mustFillTemplate(door: ScalekitDoor, ask: Ask): Promise<void> {
  const { variables } = ask;
  if (Object.keys(variables).some((name) => reserved.has(name)))
    throw invalid('template_variables', 'has a name that the mail itself uses');
  const template = await templateFor(door, ask);
  const texts = template ? Object.values(template.details).join('\n') : '';
  const missing = variablesIn(texts).find(
    (name) => name !== 'locale' && !reserved.has(name) && !Object.hasOwn(variables, name),
  );
  if (missing !== undefined)
    throw invalid('template_variables', `lacks ${missing}, which the e-mail template asks for`);
}

/** The tenant's own, where it has one for this mail. */
async function templateFor(
  { db, tenantId }: ScalekitDoor,
  { usageType, carried, variables: { locale } }: Ask,
): Promise<StoredTemplate | undefined> {
  const stored = await db.rows<StoredTemplate & { fallbackLanguage: string }>(sql`
    select e.language_tag as "languageTag", e.template_type as "templateType", e.details, t.fallback_language as "fallbackLanguage"
      from email_templates e join tenants t on t.id = e.tenant_id
     where e.tenant_id = ${tenantId} and e.template_type in (${usageType}, 'Generic')`);
  if (stored.length === 0) return undefined;
  const { fallbackLanguage } = stored[0]!;
  const selected = selectTemplate({
    usageType,
    ...(locale === undefined ? {} : { locale }),
    fallbackLanguage,
    stored,
    configured: [],
    hasCode: carried !== 'link',
  });
  return selected.source === 'stored' ? selected.template : undefined;
}
