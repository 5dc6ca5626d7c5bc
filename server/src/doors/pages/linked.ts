/** Plain text with its web addresses made clickable. */
import { httpUrl } from '../../outbox/mail/links.ts';
import { type Content, html } from './html.ts';

export function linked(text: string): Content {
  return text.split(/(https?:\/\/[^\s<>"]+)/i).map((part, at) => {
    if (at % 2 === 0) return part;
    // What ends a sentence or closes a bracket before it is not a part of the address.
    const end = /[.,;:!?'’)\]}]*$/.exec(part)!.index;
    const url = httpUrl(part.slice(0, end));
    return url
      ? html`<a href="${url}" target="_blank" rel="noopener noreferrer">${url}</a>${part.slice(end)}`
      : part;
  });
}
