/**
 * Every connector by its factory id, and how configurations are shown.
 *
 * A secret is shown as dots. Dots that come back mean "unchanged", but only as long as the secret would still
 * go to the same place: otherwise whoever may edit the host could have the secret sent to themselves.
 */
import { Value } from 'typebox/value';
import { type Connector, type ConnectorConfig, dropEmptyStrings, isRecord } from './connector.ts';
import { httpEmail } from './connectors/http-email.ts';
import { mailgun } from './connectors/mailgun.ts';
import { mockEmailService } from './connectors/mock-email-service.ts';
import { postmark } from './connectors/postmark.ts';
import { resend } from './connectors/resend.ts';
import { sendgrid } from './connectors/sendgrid.ts';
import { ses } from './connectors/ses.ts';
import { smtp } from './connectors/smtp.ts';

export const MASK = '••••••••';

export const connectorFactories: Record<string, Connector> = Object.fromEntries(
  [smtp, sendgrid, mailgun, postmark, resend, ses, httpEmail, mockEmailService].map((connector) => [
    connector.factoryId,
    connector,
  ]),
);

export function findConnector(factoryId: string): Connector | undefined {
  return Object.hasOwn(connectorFactories, factoryId) ? connectorFactories[factoryId] : undefined;
}

/** A kept secret was to go to a new place; it has to be entered again. */
export class SecretWithheld extends Error {
  readonly field: string;

  constructor(field: string) {
    super(`Enter ${field} again: the place it is sent to has changed.`);
    this.name = 'SecretWithheld';
    this.field = field;
  }
}

export type CheckedConfig =
  | { config: ConnectorConfig; problems?: undefined }
  | { config?: undefined; problems: { field: string; message: string }[] };

/** The configuration as it is to be stored: empty texts dropped and every field as the connector wants it. */
export function checkConfig(connector: Connector, input: ConnectorConfig): CheckedConfig {
  const config = dropEmptyStrings(input);
  if (Value.Check(connector.configSchema, config)) return { config };
  const problems = Value.Errors(connector.configSchema, config).map((error) => ({
    field: error.instancePath.slice(1).replaceAll('/', '.'),
    message: error.message,
  }));
  return { problems };
}

/** The configuration as it may be shown. */
export function maskConfig(connector: Connector, config: ConnectorConfig): ConnectorConfig {
  const shown = structuredClone(config);
  for (const path of connector.secretFields) {
    const value = read(shown, path);
    if (value !== undefined && value !== null && value !== '') write(shown, path, MASK);
  }
  return shown;
}

/** The new configuration with every secret that came back masked taken from the old one. */
export function mergeMasked(
  connector: Connector,
  next: ConnectorConfig,
  previous: ConnectorConfig,
): ConnectorConfig {
  const merged = structuredClone(next);
  const moved = connector.destinationFields.some((path) => read(next, path) !== read(previous, path));
  for (const path of connector.secretFields) {
    if (read(merged, path) !== MASK) continue;
    const kept = read(previous, path);
    if (kept === undefined || moved) throw new SecretWithheld(path);
    write(merged, path, structuredClone(kept));
  }
  return merged;
}

function read(config: ConnectorConfig, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, key) => (isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined), config);
}

function write(config: ConnectorConfig, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop();
  const holder = keys.length === 0 ? config : read(config, keys.join('.'));
  if (last !== undefined && isRecord(holder)) holder[last] = value;
}
