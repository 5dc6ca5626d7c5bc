/** The language of a page: what the application asks for, then the browser, then what the tenant falls back to. */
const languages = ['en', 'de', 'fr', 'es', 'pt', 'ja', 'zh'] as const;
export type Language = (typeof languages)[number];

/** The first that there is wording for; of a regional form its language. English at last. */
export function languageFor(
  uiLocales: string | undefined,
  acceptLanguage: string | undefined,
  fallback: string | undefined,
): Language {
  const wanted = [
    ...(uiLocales ?? '').slice(0, 200).split(/\s+/),
    ...accepted(acceptLanguage),
    fallback ?? '',
  ];
  for (const tag of wanted) {
    const found = languages.find((language) => language === tag.trim().toLowerCase().split('-')[0]);
    if (found) return found;
  }
  return 'en';
}

/** The languages of the header, the most wanted first. */
function accepted(header: string | undefined): string[] {
  return (header ?? '')
    .slice(0, 400)
    .split(',')
    .map((part) => {
      const [tag, ...parameters] = part.split(';');
      const weight = parameters.map((text) => /^\s*q=([\d.]+)\s*$/.exec(text)?.[1]).find(Boolean);
      return { tag: tag!, weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ weight }) => weight > 0)
    .sort((one, other) => other.weight - one.weight)
    .map(({ tag }) => tag);
}
