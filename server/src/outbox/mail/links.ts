/** Addresses that a mail may carry: the web only, so that no `javascript:` or `data:` reaches a mail program. */

/** The text as it is when it is a web address, undefined otherwise. */
export function httpUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 4096 || /[\s\p{C}<>"\\]/u.test(value)) return undefined;
  return /^https?:\/\//i.test(value) && URL.canParse(value) ? value : undefined;
}
