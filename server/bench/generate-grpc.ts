/**
 * The load generator for gRPC, a process of its own, and as frugal as the other: HTTP/2 written by hand, frames put
 * together from ready parts. A few calls at once share a connection, as those of one client do. Of an answer it is read
 * whether there was a message: an error has none.
 */
import { connect, type Socket } from 'node:net';
import { Meter, type Span } from './meter.ts';

export type GrpcJob = {
  span: Span;
  port: number;
  calls: number;
  path: string;
  token: string;
  /** Encoded messages. */
  messages: Uint8Array[];
  reusable: boolean;
};

const callsOfConnection = 8;
const [data, headers, settings, ping, goAway, windowUpdate] = [0, 1, 4, 6, 7, 8];
const [endStream, endHeaders, ack] = [1, 4, 1];
const largestWindow = 2 ** 31 - 1;
const windowLeft = 2 ** 28;

process.on('disconnect', () => process.exit());
process.once('message', async (job: GrpcJob) => {
  const meter = new Meter(job.span, job.messages.length, job.reusable);
  const connections = Math.ceil(job.calls / callsOfConnection);
  await Promise.all(
    Array.from({ length: connections }, (_, index) =>
      new Connection(job, meter, Math.min(callsOfConnection, job.calls - index * callsOfConnection)).over(),
    ),
  );
  process.send!(meter.result(), () => process.disconnect());
});

class Connection {
  readonly #job: GrpcJob;
  readonly #meter: Meter;
  readonly #socket: Socket;
  readonly #open = new Map<number, { startedAt: number; hasMessage: boolean }>();
  readonly #over = Promise.withResolvers<void>();
  #calls: number;
  #stream = 1;
  #window = largestWindow;
  #rest: Buffer = Buffer.alloc(0);

  constructor(job: GrpcJob, meter: Meter, calls: number) {
    this.#job = job;
    this.#meter = meter;
    this.#calls = calls;
    this.#socket = connect({ port: job.port, host: '127.0.0.1', noDelay: true });
    this.#socket.once('connect', () => {
      this.#socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
      this.#socket.write(Buffer.concat([initialWindow, moreWindow(largestWindow - 65_535)]));
      for (let i = 0; i < calls; i++) this.#next();
    });
    this.#socket.on('data', (chunk) => this.#hear(chunk));
    this.#socket.on('error', () => undefined);
    this.#socket.once('close', () => {
      for (const { startedAt } of this.#open.values()) meter.done(startedAt, 'The connection was closed');
      this.#over.resolve();
    });
  }

  over(): Promise<void> {
    return this.#over.promise;
  }

  #next(): void {
    const index = this.#meter.take();
    if (index === undefined) {
      if (--this.#calls === 0) this.#socket.end();
      return;
    }
    const message = this.#job.messages[index]!;
    const block = this.#stream === 1 ? firstHeaders(this.#job) : laterHeaders;
    const envelope = Buffer.alloc(5);
    envelope.writeUInt32BE(message.length, 1);
    this.#open.set(this.#stream, { startedAt: performance.now(), hasMessage: false });
    this.#socket.write(
      Buffer.concat([
        frame(headers, endHeaders, this.#stream, block),
        frame(data, endStream, this.#stream, Buffer.concat([envelope, message])),
      ]),
    );
    this.#stream += 2;
  }

  #hear(chunk: Buffer): void {
    let rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    while (rest.length >= 9) {
      const length = rest.readUIntBE(0, 3);
      if (rest.length < 9 + length) break;
      this.#take(rest[3]!, rest[4]!, rest.readUInt32BE(5), rest.subarray(9, 9 + length));
      rest = rest.subarray(9 + length);
    }
    this.#rest = rest;
  }

  #take(type: number, flags: number, stream: number, payload: Buffer): void {
    if (type === settings && !(flags & ack)) this.#socket.write(frame(settings, ack, 0, Buffer.alloc(0)));
    if (type === ping && !(flags & ack)) this.#socket.write(frame(ping, ack, 0, payload));
    if (type === goAway) this.#socket.end();
    const call = this.#open.get(stream);
    if (!call) return;
    if (type === data && payload.length > 0) {
      call.hasMessage = true;
      this.#window -= payload.length;
      if (this.#window < windowLeft) {
        this.#socket.write(moreWindow(largestWindow - this.#window));
        this.#window = largestWindow;
      }
    }
    const isReset = type === 3;
    if (!isReset && !((type === data || type === headers) && flags & endStream)) return;
    this.#open.delete(stream);
    this.#meter.done(
      call.startedAt,
      call.hasMessage ? undefined : `No message: ${payload.toString('latin1').replace(/[^ -~]/g, '.')}`,
    );
    this.#next();
  }
}

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function moreWindow(size: number): Buffer {
  const increment = Buffer.alloc(4);
  increment.writeUInt32BE(size);
  return frame(windowUpdate, 0, 0, increment);
}
const initialWindow = (() => {
  const setting = Buffer.alloc(6);
  setting.writeUInt16BE(4);
  setting.writeUInt32BE(largestWindow, 2);
  return frame(settings, 0, 0, setting);
})();

/** POST and http are in HPACK's static table; the rest is said once and remembered by the server under these names. */
const said = ({ port, path, token }: GrpcJob) => [
  [':path', path],
  [':authority', `localhost:${port}`],
  ['content-type', 'application/grpc+proto'],
  ['te', 'trailers'],
  ['user-agent', 'bench'],
  ['grpc-timeout', '20000m'],
  ['authorization', `Bearer ${token}`],
];
const known = [0x83, 0x86];

function firstHeaders(job: GrpcJob): Buffer {
  const fields = said(job).map(([name, value]) =>
    Buffer.concat([Buffer.of(0x40), text(name!), text(value!)]),
  );
  return Buffer.concat([Buffer.from(known), ...fields]);
}

/** The first that was said has the highest number. */
const laterHeaders = Buffer.from([...known, ...[68, 67, 66, 65, 64, 63, 62].map((index) => 0x80 | index)]);

/** A length with a prefix of seven bits, and the text as it is. */
function text(value: string): Buffer {
  const length: number[] = [];
  if (value.length < 127) length.push(value.length);
  else {
    let rest = value.length - 127;
    for (length.push(127); rest > 127; rest >>= 7) length.push((rest & 127) | 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), Buffer.from(value, 'latin1')]);
}
