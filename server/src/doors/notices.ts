/**
 * Short pages for people that the OpenID Connect door has to show: why an authorization request did not work, and signing
 * out. It says which; the pages say it in their languages and look. The composition root puts the two together.
 */
export type NoticeKind =
  | 'flow-over'
  | 'unknown-redirect'
  | 'unknown-application'
  | 'bad-request'
  | 'failure'
  | 'sign-out'
  | 'signed-out';

export type Notice = {
  readonly kind: NoticeKind;
  /** As the application asked for languages, and as the browser did. */
  readonly uiLocales: string | undefined;
  readonly acceptLanguage: string | undefined;
  /** A form of one button, which a script (at this address) presses where scripts run. */
  readonly form?: {
    readonly action: string;
    readonly fields: Readonly<Record<string, string>>;
    readonly scriptUrl: string;
    /** Where submitting may end up besides here. */
    readonly targets: readonly string[];
  };
};

export type RenderNotice = (notice: Notice) => {
  readonly headers: Readonly<Record<string, string>>;
  readonly html: string;
};
