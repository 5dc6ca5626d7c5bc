/** The colours of a tenant or organization, as styles: made readable on light and dark, whatever was chosen. */
import { contrast, hexColor, inkOn } from '../../outbox/mail/builtin/color.ts';

/** As the API keeps them: `#rgb` or `#rrggbb`. */
export type Colors = { readonly primaryColor?: unknown; readonly darkPrimaryColor?: unknown };

const cards = { light: '#ffffff', dark: '#1a1e26' } as const;

/** The sheet; none where no colour was chosen. Nothing of what was chosen stands in it but six hexadecimal digits. */
export function themeOf(colors: Colors | undefined): string | undefined {
  const light = hexColor(colors?.primaryColor);
  const dark = hexColor(colors?.darkPrimaryColor) ?? light;
  return (
    light &&
    dark &&
    `:root{${variables(light, cards.light)}}@media (prefers-color-scheme:dark){:root{${variables(dark, cards.dark)}}}`
  );
}

function variables(chosen: string, card: string): string {
  const accent = readableOn(chosen, card);
  return `--accent:${accent};--ink:${inkOn(accent)};--wash:${mixed(accent, card, card === cards.light ? 0.1 : 0.18)}`;
}

/** The colour itself where it can be read on the card, otherwise the nearest towards black or white that can. */
function readableOn(color: string, card: string): string {
  const end = card === cards.light ? '#000000' : '#ffffff';
  let best = color;
  for (let step = 0; contrast(best, card) < 4.6 && step <= 20; step++) best = mixed(end, color, step / 20);
  return best;
}

/** So much of one in the other, channel by channel. */
function mixed(one: string, other: string, share: number): string {
  const channel = (color: string, at: number) => Number.parseInt(color.slice(at, at + 2), 16);
  return `#${[1, 3, 5]
    .map((at) =>
      Math.round(channel(one, at) * share + channel(other, at) * (1 - share))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
}
