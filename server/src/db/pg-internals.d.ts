declare module 'pg/lib/utils.js' {
  /** A value as the text, or the bytes, that travel to PostgreSQL. */
  export function prepareValue(value: unknown): string | Buffer | null;
}
