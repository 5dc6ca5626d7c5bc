/**
 * What every page has in common: the document around its content and the headers that it is sent with. Nothing is
 * inline, nothing comes from elsewhere but pictures over https, nobody may frame it, and no address leaks from it.
 */
import type { FastifyReply } from 'fastify';
import { assets } from './assets.ts';
import { type Content, type Html, html } from './html.ts';
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

type Policy = Pick<Page, 'hasFrame' | 'scripts' | 'formTargets'>;

const policy = ({ hasFrame, scripts = [], formTargets = [] }: Policy): string =>
  [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' https: data:",
    ["form-action 'self'", ...formTargets.filter((target) => /^[\w.:/[\]-]+$/.test(target))].join(' '),
    "frame-ancestors 'none'",
    "base-uri 'none'",
    ...(hasFrame ? ["frame-src 'self'"] : []),
    ...(scripts.length > 0 ? ["script-src 'self'", "connect-src 'self'"] : []),
  ].join('; ');

export function sendPage(reply: FastifyReply, status: number, page: Page): FastifyReply {
  return reply
    .code(status)
    .headers({ ...pageHeaders(page), 'cache-control': 'no-store', 'x-robots-tag': 'noindex' })
    .type('text/html; charset=utf-8')
    .send(renderPage(page).text);
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
${[assets.pages, ...styles, ...themeOf(colors)].map(({ url }) => html`<link rel="stylesheet" href="${url}">\n`)}${scripts.map(({ url }) => html`<script type="module" src="${url}"></script>\n`)}</head>
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
