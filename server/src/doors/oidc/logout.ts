/**
 * Signing out as applications ask for it (RP-initiated logout). The page submits itself; without scripts it shows a button.
 * The session ends for all applications, with what they got for its duration.
 */
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { RenderNotice } from '../notices.ts';
import { sendNotice } from './notices.ts';

export const submitScriptPath = '/session/submit.js';
export const submitScript = "document.querySelector('form').submit();\n";

type LogoutState = { secret: string; postLogoutRedirectUri?: string };

export function showLogout(ctx: KoaContextWithOIDC, render: RenderNotice, issuer: string): void {
  const { secret, postLogoutRedirectUri } = ctx.oidc.session!.state as LogoutState;
  const target = URL.parse(postLogoutRedirectUri ?? '');
  const isWeb = target?.protocol === 'http:' || target?.protocol === 'https:';
  sendNotice(ctx, render, {
    kind: 'sign-out',
    form: {
      action: `${issuer}/session/end/confirm`,
      fields: { xsrf: secret, logout: 'yes' },
      scriptUrl: `${issuer}${submitScriptPath}`,
      targets: target ? [isWeb ? target.origin : target.protocol] : [],
    },
  });
}
