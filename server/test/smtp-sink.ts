/** A real SMTP server that does what a test wants: keeps mails, takes its time, refuses, never answers. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { onTestFinished } from 'vitest';
import { type OpenSender, openSmtpUrl } from '../src/outbox/mail/senders.ts';

export type Sink = {
  port: number;
  mails: Email[];
  sender: OpenSender;
  /** What the server answers to the next mails, first to first; then it takes them. */
  answers: { code: number; text: string }[];
};

export async function smtpSink(
  options: { delayMs?: number; server?: SMTPServerOptions } = {},
): Promise<Sink> {
  const mails: Email[] = [];
  const answers: Sink['answers'] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    maxClients: 200,
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', async () => {
        if (options.delayMs) await new Promise((resolve) => setTimeout(resolve, options.delayMs));
        const answer = answers.shift();
        if (answer) return done(Object.assign(new Error(answer.text), { responseCode: answer.code }));
        mails.push(await PostalMime.parse(Buffer.concat(chunks)));
        done();
      });
    },
    ...options.server,
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    mails,
    answers,
    sender: openSmtpUrl(`smtp://127.0.0.1:${port}`, 'Usher <no-reply@usher.test>'),
  };
}
