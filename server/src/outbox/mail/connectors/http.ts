/**
 * Handing a mail to a provider by HTTP.
 *
 * 2xx is accepted. No answer, 408, 429 and 5xx are temporary, and so are 401 and 403: wrong credentials are the
 * operator's to mend and must not cost the mail. Any other refusal is about the mail and permanent, unless the
 * provider's own code says otherwise. Redirects are not followed, since the credentials would go along.
 */
import type { Sender } from '../connector.ts';
import {
  DeliveryFailure,
  type DeliveryOutcome,
  mustBeSendable,
  plainAnswer,
  type SendableMail,
} from '../message.ts';

const HTTP_TIMEOUT_MS = 30_000;
const MAX_RETRY_AFTER_MS = 3_600_000;
const MAX_ANSWER_BYTES = 65_536;

export type HttpRequest = {
  url: string | URL;
  headers: Record<string, string> | Headers;
  body: string | URLSearchParams;
};
type HttpAnswer = { status: number; headers: Headers; text: string; json: Record<string, unknown> };

export type HttpProvider = {
  name: string;
  /** Struck out of every answer. */
  secrets: string[];
  request(mail: SendableMail): HttpRequest | Promise<HttpRequest>;
  providerId(answer: HttpAnswer): unknown;
  /** Whether a refusal is about the account rather than the mail, and so may pass. */
  isAboutAccount?(answer: HttpAnswer): boolean;
};

export function openHttp(provider: HttpProvider): Sender {
  return {
    async send(message, signal) {
      const request = await provider.request(mustBeSendable(message));
      const answer = await post(provider, request, signal);
      if (answer.status >= 200 && answer.status < 300) return accepted(provider, answer);
      throw refused(provider, answer);
    },
    close: async () => {},
  };
}

async function post(provider: HttpProvider, request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer> {
  const timeout = AbortSignal.timeout(HTTP_TIMEOUT_MS);
  const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
  try {
    const { url, ...rest } = request;
    const response = await fetch(url, { ...rest, method: 'POST', redirect: 'error', signal: either });
    // The status decides: a body that breaks off does not undo an acceptance.
    const text = await readBounded(response).catch(() => '');
    return { status: response.status, headers: response.headers, text, json: readJson(text) };
  } catch (error) {
    const cause = (error as { cause?: { code?: string; message?: string } }).cause;
    const reason = either.aborted ? 'it took too long' : (cause?.code ?? cause?.message ?? 'no connection');
    throw new DeliveryFailure(
      'temporary',
      plainAnswer(`No answer from ${provider.name}: ${reason}`, provider.secrets),
    );
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function accepted(provider: HttpProvider, answer: HttpAnswer): DeliveryOutcome {
  const id = provider.providerId(answer);
  return {
    answer: plainAnswer(`${answer.status} ${answer.text}`, provider.secrets),
    providerId: typeof id === 'string' && id !== '' ? plainAnswer(id, []).slice(0, 200) : undefined,
  };
}

function refused(provider: HttpProvider, answer: HttpAnswer): DeliveryFailure {
  const { status, headers, text } = answer;
  const account = status === 401 || status === 403 || provider.isAboutAccount?.(answer) === true;
  const kind = account || status === 408 || status === 429 || status >= 500 ? 'temporary' : 'permanent';
  const who = account ? `${provider.name} refused the account` : `${provider.name} refused the mail`;
  const line = plainAnswer(`${who}: ${status} ${text}`, provider.secrets);
  return new DeliveryFailure(kind, line, kind === 'temporary' ? retryAfterMs(headers) : undefined);
}

/** `Retry-After` in seconds, or as a date reckoned from the provider's own clock. */
function retryAfterMs(headers: Headers): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (!value) return undefined;
  const wait = /^\d+$/.test(value)
    ? Number(value) * 1000
    : Date.parse(value) - Date.parse(headers.get('date') ?? '');
  return Number.isFinite(wait) && wait >= 0 ? Math.min(wait, MAX_RETRY_AFTER_MS) : undefined;
}
