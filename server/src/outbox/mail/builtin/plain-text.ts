/** The plain text of a built-in mail: one thing a paragraph, the link on a line of its own. */
import type { MailContent } from './content.ts';

export function layoutText(content: MailContent): string {
  const { title, paragraphs, code, note, facts, button, footer, colon } = content;
  const blocks = [
    title,
    ...paragraphs.map(({ text }) => text),
    code && `    ${code}`,
    note && `${note.label}${colon.trimEnd()}\n${quoted(note.text)}`,
    facts.map(({ label, value }) => `${label}${colon}${value}`).join('\n'),
    button && `${button.label}${colon.trimEnd()}\n${button.url}`,
    `—\n${footer.join('\n')}`,
  ];
  return `${blocks.filter(Boolean).join('\n\n')}\n`;
}

const quoted = (text: string): string =>
  text
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
