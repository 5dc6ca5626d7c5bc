/** The front page: what this server is, and where to go from here. */
import type { FastifyInstance } from 'fastify';
import { assets } from './assets.ts';
import { sendPage } from './frame.ts';
import { type Html, html } from './html.ts';
import type { PagesDoor } from './index.ts';
import { whyNoMailbox } from './mailbox-access.ts';

export function homeRoutes(app: FastifyInstance, door: PagesDoor): void {
  app.get('/', async (request, reply) => {
    const hasMailbox = (await whyNoMailbox(door, request).catch(() => 'unknown')) === undefined;
    return sendPage(reply, 200, {
      title: 'Usher',
      layout: 'home',
      content: html`<main class="sheet">
<img class="mark" src="${assets.mark.url}" alt="" width="52" height="52">
<h1>Usher</h1>
<p class="lead">Organizations, their members and invitations, for your application.</p>
<nav class="doors" aria-label="Pages">
${way('/docs', 'Documentation', 'Getting started, and every call of the API')}
${hasMailbox && way('/mailbox', 'Mailbox', 'Mails that were sent while no connector is set')}
${way('/api/openapi.json', 'OpenAPI', 'The API as a document for tools and clients')}
${way('/healthz', 'Health', 'Whether the server and its database can serve')}
</nav>
<p class="soft">Version ${door.document().info.version}</p>
</main>`,
    });
  });
}

const way = (path: string, name: string, about: string): Html =>
  html`<a href="${path}"><strong>${name}</strong><span>${about}</span></a>\n`;
