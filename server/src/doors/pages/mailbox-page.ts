/** The mailbox in two columns: the list, and the mail that is open. On a phone one after the other. */
import type { ReceivedMail } from '../../outbox/mail/mailbox.ts';
import { assets } from './assets.ts';
import { brand, type Page, person } from './frame.ts';
import { type Content, type Html, html } from './html.ts';
import { linked } from './linked.ts';
import { local, localShort, relative, timeElement } from './times.ts';

export type View = 'html' | 'text' | 'source';
type Open = { readonly mail: ReceivedMail; readonly view: View };

const names: Record<View, string> = { html: 'HTML', text: 'Text', source: 'Source' };
const sandbox = 'allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation';

export function viewsOf({ message }: ReceivedMail): View[] {
  return [
    ...(message.html === undefined ? [] : (['html'] as const)),
    ...(message.text === undefined ? [] : (['text'] as const)),
    'source',
  ];
}

export function mailboxPage(mails: readonly ReceivedMail[], open: Open | undefined, now: number): Page {
  const title = open ? `${open.mail.message.subject} · Mailbox` : 'Mailbox · Usher';
  const place = open
    ? html`<a class="place" href="/mailbox">Mailbox</a>`
    : html`<h1 class="place">Mailbox</h1>`;
  return {
    title,
    layout: 'mailbox',
    styles: [assets.mailbox],
    hasFrame: open?.view === 'html',
    content: html`<header class="bar">${brand}${place}<a class="reload" href="${open ? `/mailbox/${open.mail.id}?view=${open.view}` : '/mailbox'}">Reload</a></header>
<main class="columns${open ? ' is-open' : ''}">
<nav class="list" aria-label="Mails">${list(mails, open?.mail.id, now)}</nav>
<section class="mail" aria-label="Mail">${open ? detail(open, now) : placeholder(mails.length > 0)}</section>
</main>`,
  };
}

function list(mails: readonly ReceivedMail[], openId: string | undefined, now: number): Html {
  if (mails.length === 0) return html`<p class="none">No mail yet</p>`;
  const items = mails.map(
    ({ id, receivedAt, message }) =>
      html`<li><a href="/mailbox/${id}"${id === openId && html` aria-current="true"`}><span class="to">${person(message.to)}</span>${timeElement(receivedAt, localShort(receivedAt, now), `${local(receivedAt)}, ${relative(receivedAt, now)}`)}<span class="subject">${message.subject}</span></a></li>\n`,
  );
  return html`<ol>${items}</ol>${mails.length >= 100 && html`<p class="none">The newest hundred</p>`}`;
}

function placeholder(hasMails: boolean): Html {
  if (hasMails)
    return html`<div class="empty"><h2>Pick a mail</h2><p>What your application sends appears on the left, newest first.</p></div>`;
  return html`<div class="empty">
<h2>Nothing has arrived yet</h2>
<p>While no e-mail connector is set, every mail that Usher would send lands here instead of at its recipient.</p>
<p>To get one, invite somebody through the API with a <code>messagePayload</code>:</p>
<pre tabindex="0"><code>POST /api/organization-invitations

{
  "organizationId": "…",
  "invitee": "ann@example.com",
  "expiresAt": 1798761600000,
  "messagePayload": {}
}</code></pre>
<p><a href="/docs#getting-started">How to get there from nothing</a> takes three calls.</p>
</div>`;
}

function detail({ mail, view }: Open, now: number): Html {
  const { message, receivedAt, id } = mail;
  const tabs = viewsOf(mail).map(
    (each) =>
      html`<a href="/mailbox/${id}?view=${each}"${each === view && html` aria-current="page"`}>${names[each]}</a>`,
  );
  return html`<a class="back" href="/mailbox">All mails</a>
<header class="head">
<h1>${message.subject}</h1>
<dl>
<div><dt>To</dt><dd>${person(message.to)}</dd></div>
<div><dt>From</dt><dd>${person(message.from)}</dd></div>
<div><dt>Received</dt><dd>${timeElement(receivedAt, local(receivedAt))} <small>${relative(receivedAt, now)}</small></dd></div>
</dl>
<nav class="tabs" aria-label="Views of this mail">${tabs}</nav>
</header>
${body(mail, view)}`;
}

function body({ id, message }: ReceivedMail, view: View): Content {
  if (view === 'html')
    return html`<iframe title="The mail as HTML" src="/mailbox/${id}/content" sandbox="${sandbox}" referrerpolicy="no-referrer"></iframe>`;
  if (view === 'text') return html`<pre class="text" tabindex="0">${linked(message.text ?? '')}</pre>`;
  const { html: markup, text, headers, payload, providerTemplate, ...fields } = message;
  const rows = Object.entries({ ...fields, ...headers }).map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${person(String(value))}</dd></div>`,
  );
  const part = (name: string, content: string | undefined) =>
    content !== undefined && html`<h2>${name}</h2><pre tabindex="0">${content}</pre>`;
  return html`<div class="source"><dl>${rows}</dl>
${part('Variables', payload && JSON.stringify(payload, null, 2))}
${part('Provider’s template', providerTemplate && JSON.stringify(providerTemplate, null, 2))}
${part('Text', text)}
${part('HTML', markup)}</div>`;
}
