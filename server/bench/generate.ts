/**
 * The load generator, a process of its own. It shares the machine with what it measures, so it does as little as
 * HTTP/1.1 allows: sockets that stay open, requests put together from ready parts, answers read no further than
 * their status and length.
 */
import { connect, type Socket } from 'node:net';
import { Meter, type Span } from './meter.ts';
import type { RequestTemplate } from './request.ts';

export type GenerateJob = {
  span: Span;
  port: number;
  connections: number;
  template: RequestTemplate;
  inputs: string[][];
  reusable: boolean;
};

process.on('disconnect', () => process.exit());
process.once('message', async (job: GenerateJob) => {
  const meter = new Meter(job.span, job.inputs.length, job.reusable);
  await Promise.all(Array.from({ length: job.connections }, () => lane(job, meter)));
  process.send!(meter.result(), () => process.disconnect());
});

/** One connection; resolves when there is no more to do. */
function lane({ port, template, inputs }: GenerateJob, meter: Meter): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const { parts, slots, status } = template;
  const wanted = `HTTP/1.1 ${status} `;
  let startedAt = 0;
  let answer: Answer | undefined;

  const next = () => {
    const index = meter.take();
    if (index === undefined) {
      socket.removeAllListeners('close');
      socket.end();
      return resolve();
    }
    const input = inputs[index]!;
    let request = parts[0]!;
    for (let i = 0; i < slots.length; i++) request += input[slots[i]!]! + parts[i + 1]!;
    answer = undefined;
    startedAt = performance.now();
    socket.write(request, 'latin1');
  };
  const hear = (length: number, buffer: Buffer) => {
    answer ??= new Answer();
    if (!answer.isComplete(buffer, length)) return true;
    meter.done(startedAt, answer.head.startsWith(wanted) ? undefined : answer.text());
    next();
    return true;
  };
  const socket: Socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: { buffer: Buffer.allocUnsafe(128 * 1024), callback: hear as never },
  });
  socket.once('connect', next);
  socket.on('error', () => undefined);
  socket.once('close', () => {
    meter.done(startedAt, 'The connection was closed');
    resolve();
  });
  return over;
}

/** What has arrived of an answer. */
class Answer {
  head = '';
  #missing = 0;
  #isChunked = false;
  #start = '';

  isComplete(buffer: Buffer, length: number): boolean {
    if (this.head !== '') {
      this.#missing -= length;
      return this.#isChunked ? endsChunks(buffer, length) : this.#missing <= 0;
    }
    const text = this.#start + buffer.toString('latin1', 0, Math.min(length, 4096));
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) {
      this.#start = text;
      return false;
    }
    const arrived = this.#start.length + length;
    this.head = text.slice(0, end);
    this.#start = text.slice(end + 4);
    const size = /\r\ncontent-length: *(\d+)/i.exec(this.head);
    this.#isChunked = size === null && /\r\ntransfer-encoding: *chunked/i.test(this.head);
    this.#missing = end + 4 + Number(size?.[1] ?? 0) - arrived;
    return this.#isChunked ? endsChunks(buffer, length) : this.#missing <= 0;
  }

  text(): string {
    return `${this.head.split('\r\n', 1)[0]} ${this.#start.slice(0, 300)}`;
  }
}

const endsChunks = (buffer: Buffer, length: number): boolean =>
  length >= 5 && buffer.toString('latin1', length - 5, length) === '0\r\n\r\n';
