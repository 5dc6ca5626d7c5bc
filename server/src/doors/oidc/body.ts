/** Clients of the field may ask for tokens in JSON; oidc-provider reads forms only. */
import { IncomingMessage } from 'node:http';
import { stringify } from 'node:querystring';

/** Bytes. The limit of oidc-provider itself. */
const most = 56 * 1024;

/** The JSON body as a form; undefined when it is too large, or no object of texts, numbers, truth values and lists of these. */
export async function readAsForm(req: IncomingMessage): Promise<string | undefined> {
  const text = await readText(req);
  return text === undefined ? undefined : formOf(text);
}

function readText(req: IncomingMessage): Promise<string | undefined> {
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

function formOf(json: string): string | undefined {
  let body: unknown;
  try {
    body = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const given = Object.entries(body).filter(([, value]) => value !== null);
  const isFlat = given.every(([, value]) =>
    [value].flat().every((item) => ['string', 'number', 'boolean'].includes(typeof item)),
  );
  return isFlat ? stringify(Object.fromEntries(given) as Record<string, string | string[]>) : undefined;
}

/** The request again for a second reader, its body now this form; without a form, an empty body of the same type. */
export function replay(req: IncomingMessage, form: string | undefined): IncomingMessage {
  const again = new IncomingMessage(req.socket);
  const body = Buffer.from(form ?? '');
  const { 'transfer-encoding': _, ...headers } = req.headers;
  again.method = req.method;
  again.url = req.url;
  again.httpVersion = req.httpVersion;
  again.httpVersionMajor = req.httpVersionMajor;
  again.httpVersionMinor = req.httpVersionMinor;
  again.headers = {
    ...headers,
    'content-length': String(body.length),
    ...(form === undefined
      ? { 'content-type': 'application/octet-stream' }
      : { 'content-type': 'application/x-www-form-urlencoded' }),
  };
  again.complete = true;
  again._read = () => undefined;
  again.push(body);
  again.push(null);
  return again;
}
