/** What people read here: why an authorization request did not work, and that they are signed out. */
import type { KoaContextWithOIDC } from 'oidc-provider';

export type Notice = {
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** A form of one button, which a script (at this address) presses where scripts run. */
  readonly form?: {
    readonly action: string;
    readonly fields: Readonly<Record<string, string>>;
    readonly button: string;
    readonly scriptUrl: string;
    /** Where submitting may end up besides here. */
    readonly targets: readonly string[];
  };
};

/** A page in the look of this server's other pages; the composition root brings it. */
export type RenderNotice = (notice: Notice) => {
  readonly headers: Readonly<Record<string, string>>;
  readonly html: string;
};

export function sendNotice(ctx: KoaContextWithOIDC, render: RenderNotice, notice: Notice): void {
  const { headers, html } = render(notice);
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

export function noticeOf({ error }: { error: string }, code: string | undefined, status: number): Notice {
  if (code === 'session.not_found') {
    return {
      title: 'This sign-in is over',
      paragraphs: [
        'It was finished before, it took longer than an hour, or it began in another browser.',
        'Go back to the application and sign in again.',
      ],
    };
  }
  if (error === 'invalid_redirect_uri') {
    return {
      title: 'The application cannot be returned to',
      paragraphs: [
        'The address that it wants to be returned to is not one that it registered, so nothing was sent there.',
        'If you are its developer: add the redirect URI to the application, exactly as it is used.',
      ],
    };
  }
  if (error === 'invalid_client') {
    return {
      title: 'This application is not known here',
      paragraphs: ['It may have been removed, or the link to sign in is wrong. Ask the people who run it.'],
    };
  }
  if (status >= 500) {
    return {
      title: 'Something went wrong',
      paragraphs: ['It is on our side, and it has been noted. Try again later.'],
    };
  }
  return {
    title: 'That sign-in request cannot be used',
    paragraphs: ['Something in it is missing or wrong. Go back to the application and try again.'],
  };
}
