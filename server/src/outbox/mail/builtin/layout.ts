/**
 * The one layout of the built-in HTML mails: tables, since mail programs know little else, with every style inline
 * and a style sheet only for what cannot be (small screens, dark mode). No scripts, no fonts or pictures but the
 * organization's logo.
 */
import { escapeHtml as esc } from '../render.ts';
import { contrast, inkOn } from './color.ts';
import type { Brand, MailContent } from './content.ts';
import { styleSheet } from './style-sheet.ts';

const CARD = '#ffffff';
const DARK_CARD = '#1d2129';
const TEXT = 'color:#1f2430';
const SOFT = 'color:#5b6372';

const FONTS: Record<string, string> = {
  ja: "'Hiragino Sans','Hiragino Kaku Gothic ProN','Yu Gothic',Meiryo,'Noto Sans JP','Noto Sans CJK JP',",
  zh: "'PingFang SC','Microsoft YaHei','Noto Sans SC','Noto Sans CJK SC',",
};

export function layoutHtml(content: MailContent): string {
  const { language, brand, title, paragraphs, code, note, facts, button, footer, linkHint } = content;
  const fonts = `-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,${FONTS[language] ?? ''}Helvetica,Arial,sans-serif`;
  const border = contrast(brand.color, CARD) < 1.6 ? '#c3c9d4' : brand.color;
  const darkBorder = contrast(brand.darkColor, DARK_CARD) < 1.6 ? '#6b7484' : brand.darkColor;
  return `<!doctype html>
<html lang="${esc(language)}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no">
<title>${esc(content.subject)}</title>
<style>${styleSheet({ color: brand.darkColor, ink: inkOn(brand.darkColor), border: darkBorder, card: DARK_CARD })}</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f2f4f7;-webkit-text-size-adjust:100%">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">${esc(preheader(content))}</div>
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#f2f4f7" style="background:#f2f4f7">
<tr><td align="center" class="outer" style="padding:40px 16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;font-family:${fonts}">
<tr><td class="card" bgcolor="${CARD}" style="background:${CARD};border:1px solid #e4e7ec;border-radius:16px;padding:40px">
${emblem(brand, border)}
<h1 class="text" style="margin:0;font-size:26px;line-height:1.25;font-weight:700;letter-spacing:-0.01em;overflow-wrap:anywhere;${TEXT}">${esc(title)}</h1>
${paragraphs.map(({ html }) => `<p class="text" style="margin:16px 0 0;font-size:16px;line-height:1.6;overflow-wrap:anywhere;${TEXT}">${html}</p>`).join('\n')}
${code ? codeBlock(code) : ''}
${note ? noteBlock(note, border) : ''}
${button ? buttonBlock(button, brand, border) : ''}
${facts.length > 0 ? factsBlock(facts) : ''}
${button ? linkBlock(linkHint, button.url) : ''}
</td></tr>
<tr><td class="foot" style="padding:24px 40px 0">
${footer.map((line) => `<p class="soft" style="margin:0 0 6px;font-size:13px;line-height:1.55;overflow-wrap:anywhere;${SOFT}">${esc(line)}</p>`).join('\n')}
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`.replaceAll(/\n{2,}/g, '\n');
}

/** What mail lists show beside the subject. */
function preheader({ paragraphs, facts, colon }: MailContent): string {
  const last = facts.at(-1);
  return [paragraphs[0]?.text, last && `${last.label}${colon}${last.value}`].filter(Boolean).join(' ');
}

/** The logo, or the first letter of the name on the brand's colour. */
function emblem({ name, logoUrl, darkLogoUrl, color }: Brand, border: string): string {
  const picture = (url: string, style: string, shown: string) =>
    `<img class="${style}" src="${esc(url)}" alt="${esc(name)}" height="44" style="${shown};height:44px;width:auto;max-width:240px;border:0">`;
  const wrapped = (inner: string) => `<div style="margin:0 0 24px">${inner}</div>`;
  if (logoUrl && darkLogoUrl) {
    const onDark = picture(darkLogoUrl, 'on-dark', 'display:none;mso-hide:all');
    return wrapped(picture(logoUrl, 'on-light', 'display:block') + onDark);
  }
  if (logoUrl) return wrapped(picture(logoUrl, 'logo', 'display:block'));
  const [letter] = segmenter.segment(name.toUpperCase());
  if (!letter) return '';
  return `<table role="presentation" aria-hidden="true" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 24px"><tr><td class="brand" width="46" height="46" align="center" bgcolor="${color}" style="background:${color};border:1px solid ${border};border-radius:12px;width:46px;height:46px;font-size:22px;line-height:46px;font-weight:700;color:${inkOn(color)}">${esc(letter.segment)}</td></tr></table>`;
}

function codeBlock(code: string): string {
  return `<p class="panel text" style="margin:24px 0 0;padding:20px 16px;border-radius:12px;background:#f2f4f7;text-align:center;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:32px;line-height:1.2;font-weight:700;letter-spacing:0.18em;text-indent:0.18em;overflow-wrap:anywhere;-webkit-user-select:all;user-select:all;${TEXT}">${esc(code)}</p>`;
}

function noteBlock(note: { label: string; text: string }, border: string): string {
  const lines = esc(note.text).replaceAll('\n', '<br>');
  return `<div class="panel note" style="margin:24px 0 0;padding:14px 18px;background:#f2f4f7;border-left:3px solid ${border};border-radius:0 10px 10px 0"><p class="soft" style="margin:0 0 4px;font-size:13px;line-height:1.5;overflow-wrap:anywhere;${SOFT}">${esc(note.label)}</p><p class="text" style="margin:0;font-size:15px;line-height:1.6;overflow-wrap:anywhere;${TEXT}">${lines}</p></div>`;
}

function buttonBlock(
  { label, url }: { label: string; url: string },
  { color }: Brand,
  border: string,
): string {
  return `<table role="presentation" class="button" cellpadding="0" cellspacing="0" border="0" style="margin:28px 0 0"><tr><td class="brand" align="center" bgcolor="${color}" style="background:${color};border:1px solid ${border};border-radius:10px"><a class="brand-ink" href="${esc(url)}" target="_blank" rel="noopener noreferrer" style="display:block;padding:15px 32px;font-size:16px;line-height:1.3;font-weight:600;text-decoration:none;color:${inkOn(color)}">${esc(label)}</a></td></tr></table>`;
}

function factsBlock(facts: { label: string; value: string }[]): string {
  const rows = facts.map(
    ({ label, value }) =>
      `<tr><td class="soft label" valign="top" style="padding:4px 20px 4px 0;font-size:14px;line-height:1.5;white-space:nowrap;${SOFT}">${esc(label)}</td><td class="text" valign="top" style="padding:4px 0;font-size:14px;line-height:1.5;overflow-wrap:anywhere;${TEXT}">${esc(value)}</td></tr>`,
  );
  return `<table class="facts" cellpadding="0" cellspacing="0" border="0" style="margin:28px 0 0">${rows.join('')}</table>`;
}

function linkBlock(hint: string, url: string): string {
  return `<div class="rule" style="margin:24px 0 0;padding:20px 0 0;border-top:1px solid #e4e7ec"><p class="soft" style="margin:0 0 4px;font-size:13px;line-height:1.5;${SOFT}">${esc(hint)}</p><p style="margin:0;font-size:13px;line-height:1.5;overflow-wrap:anywhere;word-break:break-all"><a class="link" href="${esc(url)}" target="_blank" rel="noopener noreferrer" style="color:#2f5bd7;text-decoration:underline">${esc(url)}</a></p></div>`;
}

const segmenter = new Intl.Segmenter();
