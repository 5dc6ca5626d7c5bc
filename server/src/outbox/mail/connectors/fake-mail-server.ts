/** Mail servers on loopback, for tests: one that speaks SMTP properly, and one that follows a script. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { onTestFinished } from 'vitest';

type Received = { from: string; to: string[]; raw: string; secure: boolean; user?: string };

export async function mailServer(options: SMTPServerOptions = {}) {
  const received: Received[] = [];
  const sockets: Socket[] = [];
  const server = new SMTPServer({
    authOptional: true,
    logger: false,
    onData(stream, session, done) {
      let raw = '';
      stream.on('data', (chunk: Buffer) => (raw += chunk.toString()));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom ? mailFrom.address : '';
        const user = session.user as string | undefined;
        received.push({ from, to: rcptTo.map((each) => each.address), raw, secure: session.secure, user });
        done(null);
      });
    },
    ...options,
  });
  server.on('error', () => {});
  server.server.on('connection', (socket: Socket) => sockets.push(socket));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => new Promise<void>((done) => server.close(done)));
  const port = (server.server.address() as AddressInfo).port;
  return { received, port, sockets };
}

/** A server that says the given lines in turn and does as the script says: for what no real server does. */
export async function scripted(onLine: (line: string, socket: Socket) => void) {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write('220 ready\r\n');
    let pending = '';
    socket.on('data', (chunk) => {
      pending += chunk;
      for (let end = pending.indexOf('\r\n'); end >= 0; end = pending.indexOf('\r\n')) {
        onLine(pending.slice(0, end), socket);
        pending = pending.slice(end + 2);
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((done) => server.close(() => done()));
  });
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

/** A refusal with that reply code. */
export const answered = (responseCode: number, message: string) =>
  Object.assign(new Error(message), { responseCode });
