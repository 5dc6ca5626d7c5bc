/**
 * Requests to the token endpoint as they arrive: a form, or JSON as clients of the field may send it, and who says to be
 * asking, by a Basic header or in the body, never both.
 */
import type { IncomingMessage } from 'node:http';
import { parse } from 'node:querystring';
import { errors } from 'oidc-provider';

/** Bytes. The limit of oidc-provider at its other endpoints. */
const most = 56 * 1024;

export type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>;

export async function readParameters(req: IncomingMessage): Promise<Parameters> {
  const type = req.headers['content-type'];
  const isJson = type !== undefined && /^application\/json\b/i.test(type);
  if (type !== undefined && !isJson && !/^application\/x-www-form-urlencoded\b/i.test(type))
    throw new errors.InvalidRequest('only forms and JSON are understood here');
  const text = await readText(req);
  if (text === undefined) throw new errors.InvalidRequest('failed to parse the request body');
  return isJson ? parametersOf(text) : type === undefined ? {} : parse(text);
}

/** The body; undefined when it is too long. */
export function readText(req: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let length = 0;
    req.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= most) chunks.push(chunk);
      else chunks = [];
    });
    req.on('end', () =>
      resolve(
        length > most
          ? undefined
          : chunks.length === 1
            ? chunks[0]!.toString()
            : Buffer.concat(chunks).toString(),
      ),
    );
    req.on('error', reject);
    req.on('close', () => req.complete || reject(new Error('The request was aborted')));
  });
}

/** An object of texts, numbers, truth values and lists of these. */
function parametersOf(json: string): Parameters {
  let body: unknown;
  try {
    body = JSON.parse(json);
  } catch {
    body = undefined;
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new errors.InvalidRequest('failed to parse the request body');
  const parameters: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(body)) {
    if (value === null) continue;
    const items = [value].flat().map((item: unknown) => {
      if (!['string', 'number', 'boolean'].includes(typeof item))
        throw new errors.InvalidRequest('failed to parse the request body');
      return String(item);
    });
    parameters[name] = Array.isArray(value) ? items : items[0]!;
  }
  return parameters;
}

/** The value; undefined when absent or empty. Said twice, it is refused. */
export function one(parameters: Parameters, name: string): string | undefined {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (typeof value === 'object')
    throw new errors.InvalidRequest(`'${name}' parameter must not be provided twice`);
  return value || undefined;
}

export type Caller = { readonly clientId: string; readonly secret: string | undefined };

export function callerOf(req: IncomingMessage, parameters: Parameters): Caller {
  const { authorization } = req.headers;
  const clientId = one(parameters, 'client_id');
  const secret = one(parameters, 'client_secret');
  if (authorization === undefined) {
    if (clientId === undefined)
      throw new errors.InvalidRequest('no client authentication mechanism provided');
    return { clientId, secret };
  }
  if (secret !== undefined)
    throw new errors.InvalidRequest('client authentication must only be provided using one mechanism');
  const named = readBasic(authorization);
  if (clientId !== undefined && clientId !== named.clientId)
    throw new errors.InvalidRequest('client_id mismatch');
  return named;
}

/** RFC 6749, 2.3.1: both parts are encoded as in forms before they are joined. */
function readBasic(header: string): Caller {
  const malformed = () => new errors.InvalidRequest('invalid authorization header value format');
  const encoded = /^basic ([\w+/-]+={0,2})$/i.exec(header)?.[1];
  if (encoded === undefined) throw malformed();
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon === -1) throw malformed();
  try {
    const clientId = decoded(text.slice(0, colon));
    const secret = decoded(text.slice(colon + 1));
    if (clientId && secret) return { clientId, secret };
  } catch {
    // Not encoded as it has to be.
  }
  throw new errors.InvalidRequest(
    'client_id and client_secret in the authorization header are not properly encoded',
  );
}

function decoded(part: string): string {
  const text = decodeURIComponent(part.replaceAll('+', '%20'));
  if (/[^\x20-\x7e]/.test(text)) throw new Error('Not printable');
  return text;
}
