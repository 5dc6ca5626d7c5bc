/** Language tags (BCP 47): one spelling, and the more general tags that a tag may fall back to. */

/** `PT_br` → `pt-BR`; undefined when it is no language tag. */
export function canonicalLanguage(tag: string): string | undefined {
  return read(tag)?.toString();
}

/** The tag in its one spelling and every more general one: `zh-TW` → `zh-TW`, `zh-Hant`, `zh`. */
export function languageChain(tag: string): string[] {
  const locale = read(tag);
  if (!locale) return [tag];
  const { language, script, region } = locale;
  const likely = locale.maximize().script;
  // The script that a region implies is named only where the bare language would be written otherwise.
  const implied = likely === new Intl.Locale(language).maximize().script ? undefined : likely;
  const chain = [
    locale.baseName,
    script && region && `${language}-${script}-${region}`,
    !script && implied && region && `${language}-${implied}-${region}`,
    (script ?? implied) && `${language}-${script ?? implied}`,
    region && `${language}-${region}`,
    language,
  ];
  return [...new Set(chain.filter((each): each is string => Boolean(each)))];
}

/** The same language in the same script, whatever the region. */
export function sameLanguage(one: string, other: string): boolean {
  const [first, second] = [read(one)?.maximize(), read(other)?.maximize()];
  return first !== undefined && first.language === second?.language && first.script === second.script;
}

function read(tag: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(tag.trim().replaceAll('_', '-'));
  } catch {
    return undefined;
  }
}
