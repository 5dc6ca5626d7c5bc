/** How the pages and mails of a tenant look, and what they let people do. */
import type { Act } from '../../act.ts';
import { type Queries, type Statement, sql } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { given } from '../page.ts';

export type SignInMode = 'SignIn' | 'Register' | 'SignInAndRegister';

export type SignInExperience = {
  readonly tenantId: string;
  /** Of the product; null: pages and mails name the application, or nobody. */
  readonly name: string | null;
  readonly color: Readonly<Record<string, unknown>>;
  readonly branding: Readonly<Record<string, unknown>>;
  readonly fallbackLanguage: string;
  readonly signInMode: SignInMode;
  readonly termsOfUseUrl: string | null;
  readonly privacyPolicyUrl: string | null;
};

export type SignInExperienceChange = {
  -readonly [Field in keyof SignInExperience]?: SignInExperience[Field] | undefined;
};

/** Columns of the row `t`. */
const columns = sql`t.id as "tenantId", t.name, t.color, t.branding, t.fallback_language as "fallbackLanguage",
  t.sign_in_mode as "signInMode", t.terms_of_use_url as "termsOfUseUrl", t.privacy_policy_url as "privacyPolicyUrl"`;

export const signInExperience = async (db: Queries, tenantId: string): Promise<SignInExperience> =>
  (await db.first<SignInExperience>(sql`select ${columns} from tenants t where id = ${tenantId}`))!;

/** Replaces what is given, whole; empty text and null clear. */
export async function changeSignInExperience(
  act: Act,
  change: Omit<SignInExperienceChange, 'tenantId'>,
): Promise<SignInExperience> {
  const c = given(change);
  const text = (column: Statement, field: 'name' | 'termsOfUseUrl' | 'privacyPolicyUrl') =>
    sql`case when ${field in c}::boolean then ${c[field] || null} else ${column} end`;
  const changed = await act.db.first<SignInExperience>(sql`
    with t as (
      update tenants t set name = ${text(sql`name`, 'name')}, color = coalesce(${c.color ?? null}::jsonb, color),
             branding = coalesce(${c.branding ?? null}::jsonb, branding),
             fallback_language = coalesce(${c.fallbackLanguage ?? null}, fallback_language),
             sign_in_mode = coalesce(${c.signInMode ?? null}, sign_in_mode),
             terms_of_use_url = ${text(sql`terms_of_use_url`, 'termsOfUseUrl')},
             privacy_policy_url = ${text(sql`privacy_policy_url`, 'privacyPolicyUrl')}
       where id = ${act.tenantId} returning *
    ), happened as (
      select null as organization_id, id as subject_id, jsonb_build_object('changed', ${Object.keys(c)}::text[]) as data from t
    ), ${recorded(act, 'sign_in_experience.updated')}
    select ${columns} from t`);
  return changed!;
}
