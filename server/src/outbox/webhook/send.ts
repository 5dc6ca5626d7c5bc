/**
 * One attempt to hand a message over. The name is resolved and every address judged anew each time, and the connection
 * goes to the very addresses that were judged. Only a whole answer with a status of success counts; redirects are not
 * followed. What is told about a failure says nothing about the network inside: a name that is not there and one that
 * leads where nobody may go are told alike.
 */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Address, Judge, Resolve } from './addresses.ts';

export type Reached = {
  readonly ok: boolean;
  /** The receiver wants nothing more, ever (410). */
  readonly isGone: boolean;
  readonly status: number | null;
  readonly answer: string;
  /** The beginning of the answer's body. */
  readonly body: string;
  readonly ms: number;
  readonly retryAfterMs?: number | undefined;
};

export type Way = {
  readonly judge: Judge;
  readonly resolve: Resolve;
  /** All of it: name, connection, answer. */
  readonly patienceMs: number;
  readonly signal?: AbortSignal | undefined;
};

/** More than this of an answer is not read: it has said what it had to. */
const longestAnswer = 16 * 1024;
const toldOfAnswer = 300;
const notReachable = 'The address does not lead to where webhooks may be sent';

class Unreachable extends Error {}

/** Never throws: what goes wrong is told. */
export async function sendMessage(
  way: Way,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<Reached> {
  const began = performance.now();
  const failed = (answer: string, status: number | null = null): Reached => ({
    ok: false,
    isGone: false,
    status,
    answer,
    body: '',
    ms: Math.round(performance.now() - began),
  });
  const timeout = AbortSignal.timeout(way.patienceMs);
  const signal = way.signal ? AbortSignal.any([timeout, way.signal]) : timeout;
  try {
    const target = new URL(url);
    const addresses = await within(signal, judged(way, target));
    const answered = await post(target, addresses, headers, body, signal);
    return { ...answered, ms: Math.round(performance.now() - began) };
  } catch (error) {
    if (error instanceof Unreachable) return failed(notReachable);
    if (timeout.aborted) return failed(`No whole answer within ${way.patienceMs / 1000} seconds`);
    return failed(plainReason(error));
  }
}

async function judged({ judge, resolve }: Way, { hostname, protocol }: URL): Promise<Address[]> {
  if (protocol !== 'https:' && protocol !== 'http:') throw new Unreachable();
  const literal = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(literal) as 0 | 4 | 6;
  const addresses = family ? [{ address: literal, family }] : await resolve(hostname).catch(() => []);
  // One address that is refused refuses the name: which of them is tried is not ours to say.
  if (addresses.length === 0 || !addresses.every(({ address }) => judge(address))) throw new Unreachable();
  return addresses;
}

function post(
  target: URL,
  addresses: readonly Address[],
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<Omit<Reached, 'ms'>> {
  // No second resolution: whatever the name says by now, these addresses were judged.
  const lookup: LookupFunction = (_host, options, answer) =>
    options.all
      ? answer(null, addresses as never)
      : answer(null, addresses[0]!.address, addresses[0]!.family);
  const request = target.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      target,
      {
        method: 'POST',
        agent: false,
        lookup,
        signal,
        headers: { ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' },
      },
      (response) => {
        const status = response.statusCode!;
        const chunks: Buffer[] = [];
        let length = 0;
        const end = () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({
            ok: status >= 200 && status < 300,
            isGone: status === 410,
            status,
            answer: answerOf(status, text),
            body: text.slice(0, 4096),
            retryAfterMs: retryAfterOf(response.headers['retry-after']),
          });
        };
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          length += chunk.length;
          if (length < longestAnswer) return;
          end();
          outgoing.destroy();
        });
        response.on('end', () => (response.complete ? end() : reject(new Error('The answer broke off'))));
        response.on('aborted', () => reject(new Error('The answer broke off')));
        response.on('error', reject);
        response.on('close', () => reject(new Error('The answer broke off')));
      },
    );
    outgoing.on('error', reject);
    // Also where there never was an answer to speak of, as with a change of protocols.
    outgoing.on('close', () => reject(new Error('The answer broke off')));
    outgoing.end(body);
  });
}

async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function answerOf(status: number, text: string): string {
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, ' ').trim();
  const note = status >= 300 && status < 400 ? ' (redirects are not followed)' : '';
  return `HTTP ${status}${note}${plain ? `: ${plain.slice(0, toldOfAnswer)}` : ''}`;
}

function retryAfterOf(header: string | undefined): number | undefined {
  if (!header) return undefined;
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1000;
  return undefined;
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'The connection was refused',
  ECONNRESET: 'The connection broke off',
  EPIPE: 'The connection broke off',
  EHOSTUNREACH: 'The receiver cannot be reached',
  ENETUNREACH: 'The receiver cannot be reached',
  ETIMEDOUT: 'The receiver cannot be reached',
};

function plainReason(error: unknown): string {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  if (reasons[code]) return reasons[code];
  if (message === 'The answer broke off') return message;
  if (/^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_SSL|EPROTO)/.test(code))
    return 'The certificate of the receiver is not valid, or it speaks no TLS';
  if (/^HPE_/.test(code)) return 'The answer is not HTTP';
  return 'The message could not be handed over';
}
