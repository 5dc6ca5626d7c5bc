/** Colours of a brand, so that they can always be read: by the contrast ratio of WCAG 2. */

const WHITE = '#ffffff';
const BLACK = '#000000';

/** `#rgb` or `#rrggbb` as `#rrggbb`; undefined for anything else, which would end up inside a style. */
export function hexColor(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(value)) return undefined;
  const digits = value.slice(1).toLowerCase();
  return digits.length === 6 ? `#${digits}` : `#${digits.replaceAll(/./g, '$&$&')}`;
}

/** White or black, whichever reads better on the colour: at least 4.5 to 1 on any. */
export const inkOn = (color: string): string =>
  contrast(color, WHITE) >= 4.5 || contrast(color, WHITE) >= contrast(color, BLACK) ? WHITE : BLACK;

/** From 1 (the same) to 21 (black on white). */
export function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
