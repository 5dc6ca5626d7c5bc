/** The few styles of a mail that cannot stand beside their element: small screens and dark mode. */

type DarkBrand = { color: string; ink: string; border: string; card: string };

/** Outlook.com marks dark mode by attributes of its own, so each dark rule is written for both. */
export function styleSheet({ color, ink, border, card }: DarkBrand): string {
  const dark: [string, string][] = [
    ['.page', 'background:#12151b!important'],
    ['.card', `background:${card}!important;border-color:#2f3541!important`],
    ['.text', 'color:#f1f3f7!important'],
    ['.soft', 'color:#a8b0bf!important'],
    ['.panel', 'background:#272c37!important'],
    ['.note', `border-left-color:${border}!important`],
    ['.rule', 'border-color:#2f3541!important'],
    ['.link', 'color:#8fb0ff!important'],
    ['.brand', `background:${color}!important;border-color:${border}!important;color:${ink}!important`],
    ['.brand-ink', `color:${ink}!important`],
    ['.on-light', 'display:none!important'],
    ['.on-dark', 'display:block!important'],
  ];
  const rules = (prefix: string) =>
    dark.map(([selector, style]) => `${prefix}${selector}{${style}}`).join('');
  return `:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (max-width:480px){.outer{padding:16px 10px 32px!important}.card{padding:28px 22px!important;border-radius:14px!important}.foot{padding:20px 22px 0!important}.button{width:100%!important}h1{font-size:23px!important}}
@media (prefers-color-scheme:dark){${rules('')}}
${rules('[data-ogsc] ')}`;
}
