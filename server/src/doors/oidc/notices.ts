/** Which short page a person is shown, where a program would get JSON. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Notice, NoticeKind, RenderNotice } from '../notices.ts';

export function sendNotice(
  ctx: KoaContextWithOIDC,
  render: RenderNotice,
  notice: Pick<Notice, 'kind' | 'form'>,
): void {
  const { ui_locales: uiLocales } = ctx.query;
  const { headers, html } = render({
    ...notice,
    uiLocales: typeof uiLocales === 'string' ? uiLocales : undefined,
    acceptLanguage: ctx.get('accept-language') || undefined,
  });
  ctx.set({ ...headers, 'cache-control': 'no-store', 'x-robots-tag': 'noindex' });
  ctx.type = 'text/html; charset=utf-8';
  ctx.body = html;
}

/** The endpoints that browsers are sent to. */
const forPeople = new Set([
  'authorization',
  'resume',
  'end_session',
  'end_session_confirm',
  'end_session_success',
]);

export const isForPeople = (ctx: KoaContextWithOIDC): boolean =>
  forPeople.has(ctx._matchedRouteName ?? '') && ctx.accepts('json', 'html') === 'html';

export function noticeOf(error: string, code: string | undefined, status: number): NoticeKind {
  if (code === 'session.not_found') return 'flow-over';
  if (error === 'invalid_redirect_uri') return 'unknown-redirect';
  if (error === 'invalid_client') return 'unknown-application';
  return status >= 500 ? 'failure' : 'bad-request';
}
