/** The development mailbox: what would have been mailed, to look at and click through. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { findReceived, getReceived, type ReceivedMail } from '../../outbox/mail/mailbox.ts';
import { sendPage } from './frame.ts';
import { html } from './html.ts';
import type { PagesDoor } from './index.ts';
import { whyNoMailbox } from './mailbox-access.ts';
import { mailboxPage, type View, viewsOf } from './mailbox-page.ts';
import { messagePage } from './message.ts';

type ById = { Params: { id: string } };

/** Of the mail itself, and of whoever opens its frame alone: no scripts, no forms, pictures from the web only. */
const mailPolicy =
  "default-src 'none'; img-src https: data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; " +
  "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation";

export function mailboxRoutes(app: FastifyInstance, door: PagesDoor): void {
  const guard = async (request: FastifyRequest, reply: FastifyReply) => {
    const why = await whyNoMailbox(door, request);
    if (why !== undefined) return sendPage(reply, 404, messagePage('There is no mailbox here', why));
  };
  const options = { onRequest: guard };

  app.get('/mailbox', options, async (_request, reply) =>
    sendPage(reply, 200, mailboxPage(await findReceived(door.db, door.tenantId), undefined, door.clock())),
  );
  app.get<ById & { Querystring: { view?: string } }>('/mailbox/:id', options, async (request, reply) => {
    const [mails, mail] = await Promise.all([findReceived(door.db, door.tenantId), find(request.params.id)]);
    if (!mail) return noSuchMail(reply);
    const views = viewsOf(mail);
    const view = views.find((known) => known === request.query.view) ?? (views[0] as View);
    return sendPage(reply, 200, mailboxPage(mails, { mail, view }, door.clock()));
  });
  app.get<ById>('/mailbox/:id/content', options, async (request, reply) => {
    const content = (await find(request.params.id))?.message.html;
    if (content === undefined) return noSuchMail(reply);
    return reply
      .headers({
        'content-security-policy': mailPolicy,
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      })
      .type('text/html; charset=utf-8')
      .send(inNewTabs(content));
  });

  const find = (id: string): Promise<ReceivedMail | undefined> => getReceived(door.db, door.tenantId, id);
}

const noSuchMail = (reply: FastifyReply) =>
  sendPage(
    reply,
    404,
    messagePage(
      'There is no such mail',
      html`The mailbox keeps the newest thousand. <a href="/mailbox">Back to the mailbox</a>`,
    ),
  );

/** Links that do not say so open beside the mailbox, not inside the frame. */
function inNewTabs(content: string): string {
  const base = '<base target="_blank">';
  return /<head[^>]*>/i.test(content) ? content.replace(/<head[^>]*>/i, `$&${base}`) : base + content;
}
