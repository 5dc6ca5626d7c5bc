/**
 * The only reader of the environment. Everything is read once, checked together, and every mistake is reported at
 * once. Secrets are a value of their own, so that a config can be printed.
 */
import { join, resolve } from 'node:path';
import type { Carried } from './domain/proofs/for-application.ts';
import type { MailBounds } from './outbox/put.ts';
import { isNetwork } from './outbox/webhook/addresses.ts';

/** Doors for the clients of other servers, which can be left shut. */
const foreignDoors = ['grant', 'scalekit'] as const;
export type ForeignDoor = (typeof foreignDoors)[number];

export type Config = {
  readonly port: number;
  readonly host: string;
  /** Where people and applications reach this server, without a trailing slash. */
  readonly publicUrl: string;
  readonly dataDir: string;
  /** Files in PEM: with them the port speaks TLS, without them it does not. */
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
  readonly mailFrom: string;
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug';
  readonly signingAlgorithm: 'ES256' | 'ES384' | 'RS256';
  readonly mailBounds: MailBounds;
  /** How long invitations made at Scalekit's door live where their organization does not say. */
  readonly scalekitInvitationDays: number;
  /** Seconds that the access tokens of people live at Scalekit's door. */
  readonly accessTokenLifeS: number;
  /** What the mails have in them that prove an address through Scalekit's door. */
  readonly scalekitPasswordless: Carried;
  readonly adminEmail: string | undefined;
  readonly doors: readonly ForeignDoor[];
  /** Networks of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** Networks that webhooks may go to though they are not public, as `10.0.0.0/8`. */
  readonly webhookNetworks: readonly string[];
};

export type Secrets = {
  /** `id:base64` pairs, the current first; absent: kept in the data directory. */
  readonly secretKeys: { id: string; value: Buffer }[] | undefined;
  readonly databaseUrl: string | undefined;
  readonly smtpUrl: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
};

class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const minute = 60_000;
export const defaultMailBounds: MailBounds = {
  recipient: { most: 10, windowMs: 10 * minute },
  organization: { most: 1000, windowMs: 60 * minute },
  inviter: { most: 500, windowMs: 60 * minute },
  client: { most: 100, windowMs: 10 * minute },
};

export function readConfig(env: NodeJS.ProcessEnv = process.env): { config: Config; secrets: Secrets } {
  const mistakes: string[] = [];
  const wrong = (name: string, what: string) => {
    mistakes.push(`${name} ${what}`);
    return undefined;
  };
  const text = (name: string) => env[name]?.trim() || undefined;
  const number = (name: string, otherwise: number, least: number, most: number): number => {
    const given = text(name);
    if (given === undefined) return otherwise;
    const value = Number(given);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    wrong(name, `must be a whole number from ${least} to ${most}, not "${given}"`);
    return otherwise;
  };
  const choice = <T extends string>(name: string, otherwise: T, ...choices: T[]): T => {
    const given = text(name) ?? otherwise;
    if (choices.includes(given as T)) return given as T;
    wrong(name, `must be one of ${choices.join(', ')}, not "${given}"`);
    return otherwise;
  };
  const url = (name: string, ...protocols: string[]) => {
    const given = text(name);
    if (!given) return undefined;
    if (URL.canParse(given) && protocols.includes(new URL(given).protocol)) return given;
    return wrong(
      name,
      `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    );
  };

  const port = number('PORT', 3000, 0, 65_535);
  const host = text('HOST') ?? '127.0.0.1';
  const publicUrl = url('USHER_PUBLIC_URL', 'http:', 'https:');
  const [cert, key] = [text('USHER_TLS_CERT'), text('USHER_TLS_KEY')];
  if ((cert === undefined) !== (key === undefined))
    wrong(cert ? 'USHER_TLS_KEY' : 'USHER_TLS_CERT', 'is needed beside the other of the two');
  const certificate = cert && key ? { cert: resolve(cert), key: resolve(key) } : undefined;
  const { recipient, organization, inviter, client } = defaultMailBounds;
  const config: Config = {
    port,
    host,
    publicUrl: publicUrl?.replace(/\/+$/, '') ?? `${certificate ? 'https' : 'http'}://localhost:${port}`,
    certificate,
    dataDir: resolve(text('USHER_DATA_DIR') ?? join(import.meta.dirname, '../../.data')),
    mailFrom: text('MAIL_FROM') ?? 'Usher <no-reply@localhost.localdomain>',
    logLevel: choice('LOG_LEVEL', 'warn', 'silent', 'error', 'warn', 'info', 'debug'),
    signingAlgorithm: choice('USHER_SIGNING_ALGORITHM', 'ES256', 'ES256', 'ES384', 'RS256'),
    mailBounds: {
      recipient: { ...recipient, most: number('USHER_MAILS_PER_RECIPIENT', recipient.most, 1, 10_000) },
      organization: {
        ...organization,
        most: number('USHER_MAILS_PER_ORGANIZATION', organization.most, 1, 3_600_000),
      },
      inviter: { ...inviter, most: number('USHER_MAILS_PER_INVITER', inviter.most, 1, 3_600_000) },
      client: { ...client, most: number('USHER_MAILS_PER_CLIENT', client.most, 1, 600_000) },
    },
    scalekitInvitationDays: number('USHER_SCALEKIT_INVITATION_DAYS', 15, 1, 365),
    accessTokenLifeS: number('USHER_SCALEKIT_ACCESS_TOKEN_SECONDS', 300, 30, 86_400),
    scalekitPasswordless: choice('USHER_SCALEKIT_PASSWORDLESS', 'both', 'code', 'link', 'both'),
    adminEmail: text('USHER_ADMIN_EMAIL'),
    doors: readDoors(text('USHER_DOORS'), wrong),
    trustedProxies: readNetworks('USHER_TRUSTED_PROXIES', text('USHER_TRUSTED_PROXIES'), wrong),
    webhookNetworks: readNetworks('USHER_WEBHOOK_NETWORKS', text('USHER_WEBHOOK_NETWORKS'), wrong),
  };
  const secrets: Secrets = {
    secretKeys: readKeys(text('USHER_SECRET_KEYS'), wrong),
    databaseUrl: url('DATABASE_URL', 'postgres:', 'postgresql:'),
    smtpUrl: url('SMTP_URL', 'smtp:', 'smtps:'),
    clientId: text('USHER_CLIENT_ID'),
    clientSecret: text('USHER_CLIENT_SECRET'),
  };
  if (secrets.clientId && !/^[\w-]{1,21}$/.test(secrets.clientId))
    wrong('USHER_CLIENT_ID', 'must be 1 to 21 letters, digits, - or _');
  if (secrets.clientSecret && secrets.clientSecret.length < 16)
    wrong('USHER_CLIENT_SECRET', 'must have at least 16 characters');
  if (secrets.databaseUrl && !secrets.secretKeys) {
    wrong(
      'USHER_SECRET_KEYS',
      'is needed beside DATABASE_URL: "id:base64 of 32 random bytes"; several, comma-separated, the current first',
    );
  }
  if (mistakes.length > 0)
    throw new ConfigError(`The configuration has mistakes:\n  - ${mistakes.join('\n  - ')}`);
  return { config, secrets };
}

function readNetworks(
  name: string,
  text: string | undefined,
  wrong: (name: string, what: string) => undefined,
): readonly string[] {
  const networks = (text ?? '')
    .split(',')
    .map((network) => network.trim())
    .filter(Boolean);
  const bad = networks.find((network) => !isNetwork(network));
  if (bad) wrong(name, `must be networks such as 10.0.0.0/8 or fd00::/8, not "${bad}"`);
  return bad ? [] : networks;
}

function readKeys(
  text: string | undefined,
  wrong: (name: string, what: string) => undefined,
): Secrets['secretKeys'] {
  if (!text) return undefined;
  const keys = text.split(',').map((pair) => {
    const [id = '', value = ''] = pair.trim().split(':');
    return { id, value: Buffer.from(value, 'base64') };
  });
  const ids = new Set(keys.map((key) => key.id));
  if (keys.some((key) => !/^[\w-]{1,32}$/.test(key.id) || key.value.length < 32)) {
    return wrong('USHER_SECRET_KEYS', 'must be "id:base64" pairs with at least 32 bytes each');
  }
  return ids.size === keys.length ? keys : wrong('USHER_SECRET_KEYS', 'names a key twice');
}

/** All where nothing is said; `none` is none. */
function readDoors(
  text: string | undefined,
  wrong: (name: string, what: string) => undefined,
): readonly ForeignDoor[] {
  if (text === undefined) return foreignDoors;
  if (text === 'none') return [];
  const named = text.split(',').map((name) => name.trim());
  const isKnown = (name: string): name is ForeignDoor => foreignDoors.some((door) => door === name);
  if (!named.every(isKnown))
    wrong('USHER_DOORS', `must name some of ${foreignDoors.join(', ')}, or be "none", not "${text}"`);
  return named.filter(isKnown);
}
