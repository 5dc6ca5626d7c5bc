/**
 * Requests of browsers may come as forms (OpenID Connect Core 3.1.2.1, RP-Initiated Logout 2). A form of another site
 * brings no session of ours along, for its cookies are SameSite=Lax; sent on as a link, it does.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendError, wantsPlainErrors } from './errors.ts';
import { readText } from './token-request.ts';

const longest = 8192;

export const isPosted = (req: IncomingMessage): boolean =>
  req.method === 'POST' && /^\/(?:auth|session\/end)\/?(?:\?|$)/i.test(req.url!);

export async function sendOn(req: IncomingMessage, res: ServerResponse, issuer: string): Promise<void> {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(req.headers['content-type'] ?? '');
  const form = await readText(req);
  if (!isForm || form === undefined || form.length > longest || /[^\x21-\x7e]|#/.test(form)) {
    const error_description = 'the form cannot be read';
    return sendError(res, 400, { error: 'invalid_request', error_description }, wantsPlainErrors(req.url!));
  }
  const path = req.url!.replace(/\/?(?:\?.*)?$/, '');
  res.writeHead(303, { location: `${issuer}${path}?${form}`, 'cache-control': 'no-store' }).end();
}
