/** HTML by a template tag: every value is escaped unless it is Html itself, which only this tag and `trusted` make. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Html | string | number | false | null | undefined | readonly Content[];

export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  let text = strings[0]!;
  values.forEach((value, at) => {
    text += written(value) + strings[at + 1];
  });
  return new Html(text);
}

/** Markup of our own that is no template: never anything that came from outside. */
export const trusted = (text: string): Html => new Html(text);

function written(value: Content): string {
  if (value === false || value === null || value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(written).join('');
  return escaped(String(value));
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character]!);
