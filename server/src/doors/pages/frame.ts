/**
 * What every page has in common: the document around its content and the headers that it is sent with. No script is
 * inline, nothing comes from elsewhere but pictures over https, nobody may frame it, and no address leaks from it. Our
 * common styles stand in the page itself, let in by their hash: on a slow network a page then costs one way, not two.
 */
import { hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { FastifyReply } from 'fastify';
import { assets, canUnpack, commonStyles } from './assets.ts';
import { type Content, type Html, html, trusted } from './html.ts';
import { type Colors, themeOf } from './theme.ts';

export type Page = {
  readonly title: string;
  readonly content: Content;
  readonly language?: string;
  /** Style sheets besides the common one. */
  readonly styles?: readonly { readonly url: string }[];
  /** A class of the body: how the page is laid out. */
  readonly layout?: 'card' | 'mailbox' | 'docs' | 'home' | 'account';
  /** The page shows a frame of our own. */
  readonly hasFrame?: boolean;
  /** Scripts of our own, run as modules when the page has been read; pages work without them. */
  readonly scripts?: readonly { readonly url: string }[];
  /** Other places where submitting a form may end up, by redirects: origins, or `scheme:` of native applications. */
  readonly formTargets?: readonly string[];
  /** Colours of whoever the page speaks for. */
  readonly colors?: Colors | undefined;
};

type Inline = { readonly element: Html; readonly hash: string };

const inline = (css: string): Inline => ({
  element: trusted(`<style>${css}</style>`),
  hash: `'sha256-${hash('sha256', css, 'base64')}'`,
});
/** A sheet of ours without what only its authors need. */
const lean = (css: string): string =>
  css
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?([{};,]) ?/g, '$1')
    .replaceAll(': ', ':')
    .trim();
const common = inline(lean(commonStyles));

const inlineOf = (colors: Colors | undefined): Inline[] => {
  const theme = themeOf(colors);
  return theme === undefined ? [common] : [common, inline(theme)];
};

type Policy = Pick<Page, 'hasFrame' | 'scripts' | 'formTargets' | 'colors'>;

const policy = ({ hasFrame, scripts = [], formTargets = [], colors }: Policy): string =>
  [
    "default-src 'none'",
    ["style-src 'self'", ...inlineOf(colors).map(({ hash }) => hash)].join(' '),
    "img-src 'self' https: data:",
    ["form-action 'self'", ...formTargets.filter((target) => /^[\w.:/[\]-]+$/.test(target))].join(' '),
    "frame-ancestors 'none'",
    "base-uri 'none'",
    ...(hasFrame ? ["frame-src 'self'"] : []),
    ...(scripts.length > 0 ? ["script-src 'self'", "connect-src 'self'"] : []),
  ].join('; ');

export function sendPage(reply: FastifyReply, status: number, page: Page): FastifyReply {
  const { text } = renderPage(page);
  const packs = canUnpack(reply.request.headers['accept-encoding']);
  const varies = [reply.getHeader('vary'), 'Accept-Encoding'].filter(Boolean).join(', ');
  reply
    .code(status)
    .headers({ ...pageHeaders(page), vary: varies, 'cache-control': 'no-store', 'x-robots-tag': 'noindex' })
    .type('text/html; charset=utf-8');
  return packs ? reply.header('content-encoding', 'gzip').send(gzipSync(text)) : reply.send(text);
}

export const pageHeaders = (page: Policy = {}): Record<string, string> => ({
  'content-security-policy': policy(page),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
});

export function renderPage({
  title,
  content,
  language = 'en',
  styles = [],
  layout = 'card',
  scripts = [],
  colors,
}: Page): Html {
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no">
<title>${title}</title>
<link rel="icon" type="image/svg+xml" href="${assets.mark.url}">
${inlineOf(colors).map(({ element }) => element)}
${styles.map(({ url }) => html`<link rel="stylesheet" href="${url}">\n`)}${scripts.map(({ url }) => html`<script type="module" src="${url}"></script>\n`)}</head>
<body class="${layout}">
${content}
</body>
</html>
`;
}

/** The name of the house, leading to its front page. */
export const brand: Html = html`<a class="brand" href="/"><img src="${assets.mark.url}" alt="" width="24" height="24">Usher</a>`;

/** Text that people chose, kept from reordering what stands around it. */
export const person = (text: string): Html => html`<bdi>${text}</bdi>`;
