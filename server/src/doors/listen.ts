/**
 * One port for HTTP/1.1 and HTTP/2. Without a certificate the two are told apart by the first bytes: HTTP/2 begins with
 * a preface that no request of HTTP/1.1 can begin with. With one, TLS has agreed on the protocol (ALPN).
 *
 * The server itself is Node's own for HTTP/1.1, with all its bounds; connections of HTTP/2 are handed on before it has
 * seen them.
 */
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { constants, createServer as createHttp2, type ServerHttp2Session } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

export type Certificate = { readonly cert: Buffer; readonly key: Buffer };

export type Port = {
  readonly server: Server;
  /** Says good-bye: sessions of HTTP/2 finish what is running and take nothing new, connections that said nothing end. */
  drain(): void;
};

const minute = 60_000;
export type Bounds = {
  /** Connections that say nothing, or not yet what they are, end after this. */
  readonly firstBytesMs: number;
  /** A session of HTTP/2 without a request ends after this, before something on the way forgets the connection. */
  readonly idleMs: number;
  /** A request of HTTP/2 of which nothing comes or goes for so long is given up. */
  readonly stalledMs: number;
  /** How often sessions are looked at, and asked whether they are still there. */
  readonly lookEveryMs: number;
};
const usual: Bounds = { firstBytesMs: 20_000, idleMs: 5 * minute, stalledMs: minute, lookEveryMs: 15_000 };

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export function openPort(
  options: ServerOptions,
  certificate: Certificate | undefined,
  handler: RequestListener,
  bounds: Bounds = usual,
): Port {
  const http2 = openHttp2(handler, bounds);
  if (certificate) {
    const server = createHttps(
      {
        ...options,
        ...certificate,
        ALPNProtocols: ['h2', 'http/1.1'],
        handshakeTimeout: bounds.firstBytesMs,
        minVersion: 'TLSv1.2',
      },
      handler,
    );
    const serveHttp1 = listenerOf(server, 'secureConnection');
    server.on('secureConnection', (socket: TLSSocket) => {
      if (socket.alpnProtocol === 'h2') http2.serve(socket);
      else serveHttp1(socket);
    });
    return { server, drain: () => http2.drain() };
  }
  const server = createServer(options, handler);
  const serveHttp1 = listenerOf(server, 'connection');
  const undecided = new Set<Socket>();
  const tooLate = (socket: Socket) => {
    const error = Object.assign(new Error('No request came'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    server.emit(
      'clientError',
      error,
      socket.on('error', () => undefined),
    );
    setTimeout(() => socket.destroy(), hangUpMs).unref();
  };
  server.on('connection', (socket: Socket) => {
    undecided.add(socket);
    const serve = { http1: serveHttp1, http2: http2.serve, tooLate };
    tell(socket, bounds.firstBytesMs, serve, () => undecided.delete(socket));
  });
  return {
    server,
    drain() {
      for (const socket of undecided) socket.destroy();
      http2.drain();
    },
  };
}

type Serve = (socket: Socket) => void;

/** Takes the server's own listener away from it. */
function listenerOf(server: Server, event: 'connection' | 'secureConnection'): Serve {
  const [own] = server.listeners(event);
  server.removeAllListeners(event);
  return (socket) => own!.call(server, socket);
}

/** Reads until it is clear which protocol is spoken, puts what was read back, and hands the connection on. */
function tell(
  socket: Socket,
  withinMs: number,
  serve: { readonly http1: Serve; readonly http2: Serve; readonly tooLate: Serve },
  decided: () => void,
): void {
  let read: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => {
    leave();
    serve.tooLate(socket);
  }, withinMs);

  const look = () => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    read = read.length === 0 ? chunk : Buffer.concat([read, chunk]);
    const known = Math.min(read.length, preface.length);
    const isPreface = preface.compare(read, 0, known, 0, known) === 0;
    if (isPreface && known < preface.length) return;
    leave();
    socket.unshift(read);
    if (isPreface) serve.http2(socket);
    else serve.http1(socket);
  };
  const give = () => {
    leave();
    socket.destroy();
  };
  function leave(): void {
    clearTimeout(timer);
    decided();
    socket.off('readable', look).off('end', give).off('error', give).off('close', give);
  }
  socket.on('readable', look).on('end', give).on('error', give).on('close', give);
}

/** When told to stop, requests that are under way end within this. */
const patienceMs = 10_000;
const hangUpMs = 500;
/** For the answer to a ping. */
const pongMs = 10_000;

type Http2 = { readonly serve: Serve; drain(): void };
type Watched = { streams: number; idleSince: number };

function openHttp2(handler: RequestListener, { idleMs, stalledMs, lookEveryMs }: Bounds): Http2 {
  const watched = new Map<ServerHttp2Session, Watched>();
  const server = createHttp2(
    {
      settings: { maxConcurrentStreams: 200, maxHeaderListSize: 16 * 1024 },
      maxSessionMemory: 10,
      maxHeaderListPairs: 100,
      maxSessionInvalidFrames: 100,
      maxSessionRejectedStreams: 50,
      // Requests taken back: so many at once, and so many a second after that, before the session ends.
      streamResetBurst: 400,
      streamResetRate: 40,
    } as Parameters<typeof createHttp2>[0],
    handler as never,
  );
  server.on('session', (session) => {
    const facts: Watched = { streams: 0, idleSince: performance.now() };
    watched.set(session, facts);
    session.on('stream', (stream) => {
      facts.streams++;
      stream.setTimeout(stalledMs, () => stream.close(constants.NGHTTP2_CANCEL));
      stream.once('close', () => {
        facts.streams--;
        facts.idleSince = performance.now();
      });
    });
    session.once('close', () => watched.delete(session));
  });
  server.on('sessionError', () => undefined);
  const look = setInterval(() => {
    for (const [session, facts] of watched) keep(session, facts, idleMs);
  }, lookEveryMs).unref();
  return {
    serve(socket) {
      // Everything is written: whether the other end hangs up as well is not waited for long.
      socket.once('finish', () => setTimeout(() => socket.destroy(), hangUpMs).unref());
      server.emit('connection', socket);
    },
    drain() {
      clearInterval(look);
      for (const session of watched.keys()) session.close();
      setTimeout(() => {
        for (const session of watched.keys()) session.destroy();
      }, patienceMs).unref();
    },
  };
}

/** Ends a session that is idle, and one whose other end is gone. */
function keep(session: ServerHttp2Session, { streams, idleSince }: Watched, idleMs: number): void {
  if (session.closed || session.destroyed) return;
  if (streams === 0 && performance.now() - idleSince > idleMs) {
    session.close();
    return;
  }
  const gone = setTimeout(() => session.destroy(), pongMs);
  const isSent = session.ping(() => clearTimeout(gone));
  if (!isSent) clearTimeout(gone);
}
