/** The colours of a tenant or organization, as a style sheet: made readable on light and dark, whatever was chosen. */
import type { FastifyInstance } from 'fastify';
import { contrast, hexColor, inkOn } from '../../outbox/mail/builtin/color.ts';

/** As the API keeps them: `#rgb` or `#rrggbb`. */
export type Colors = { readonly primaryColor?: unknown; readonly darkPrimaryColor?: unknown };

const cards = { light: '#ffffff', dark: '#1a1e26' } as const;

/** The sheet to link to; none where no colour was chosen. */
export function themeOf(colors: Colors | undefined): { url: string }[] {
  const light = hexColor(colors?.primaryColor);
  const dark = hexColor(colors?.darkPrimaryColor) ?? light;
  return light && dark ? [{ url: `/assets/theme/${light.slice(1)}-${dark.slice(1)}.css` }] : [];
}

export function themeRoutes(app: FastifyInstance): void {
  app.get<{ Params: { colors: string } }>('/assets/theme/:colors', (request, reply) => {
    const match = /^([0-9a-f]{6})-([0-9a-f]{6})\.css$/.exec(request.params.colors);
    if (!match) return reply.callNotFound();
    return reply
      .type('text/css; charset=utf-8')
      .header('cache-control', 'public, max-age=31536000, immutable')
      .header('x-content-type-options', 'nosniff')
      .send(
        `:root{${variables(`#${match[1]}`, cards.light)}}\n` +
          `@media (prefers-color-scheme:dark){:root{${variables(`#${match[2]}`, cards.dark)}}}\n`,
      );
  });
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
