/**
 * The one shape of everything that can carry a mail out. A connector knows how its configuration looks, which
 * of its values are secret, and how to open a sender; it knows nothing of queues, retries or storage.
 */
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { DeliveryOutcome, MailMessage } from './message.ts';

export type ConnectorConfig = Record<string, unknown>;

/** A template that is kept in a connector's configuration. */
export type ConfigTemplate = {
  usageType: string;
  contentType: 'text/html' | 'text/plain';
  subject: string;
  content: string;
  /** A plain text part beside an HTML content. */
  text?: string;
  replyTo?: string;
  /** The name of a template that is kept at the provider; subject and content are empty then. */
  providerTemplate?: string;
  providerVariables?: Record<string, unknown>;
};

export type Sender = {
  /** Hands one mail over; rejects with a DeliveryFailure and nothing else. */
  send(message: MailMessage, signal?: AbortSignal): Promise<DeliveryOutcome>;
  close(): Promise<void>;
};

export type FormItem = {
  key: string;
  label: string;
  type: 'Text' | 'Number' | 'Switch' | 'Json';
  required: boolean;
  placeholder?: string;
  defaultValue?: unknown;
};

type ConnectorMetadata = {
  id: string;
  type: 'Email';
  target: string;
  platform: null;
  name: { en: string } & Record<string, string>;
  description: { en: string } & Record<string, string>;
  logo: string;
  logoDark: string | null;
  readme: string;
  configTemplate: string;
  formItems?: FormItem[];
};

/** What the configuration says about the sender; `from` may be `Name <address>`. */
export type ConfiguredSender = { from?: string; replyTo?: string };

export type Connector = {
  factoryId: string;
  configSchema: TSchema;
  /** Dotted paths of values that are never shown. */
  secretFields: readonly string[];
  /** Dotted paths that say where secrets are sent; a kept secret does not follow a change of these. */
  destinationFields: readonly string[];
  metadata: ConnectorMetadata;
  sender(config: ConnectorConfig): ConfiguredSender;
  templates(config: ConnectorConfig): ConfigTemplate[];
  open(config: ConnectorConfig): Sender;
};

type TypedConnector<S extends TSchema> = Omit<
  Connector,
  'configSchema' | 'sender' | 'templates' | 'open' | 'metadata' | 'factoryId'
> & {
  configSchema: S;
  metadata: Omit<ConnectorMetadata, 'type' | 'platform' | 'logoDark'>;
  sender(config: Static<S>): ConfiguredSender;
  templates(config: Static<S>): ConfigTemplate[];
  open(config: Static<S>): Sender;
};

/** Ties the verbs of a connector to the type of its own configuration; each checks what it is given. */
export function defineConnector<S extends TSchema>(connector: TypedConnector<S>): Connector {
  const checked = (config: ConnectorConfig): Static<S> => {
    const cleaned = dropEmptyStrings(config);
    if (Value.Check(connector.configSchema, cleaned)) return cleaned as Static<S>;
    throw new TypeError(`The configuration does not fit the connector ${connector.metadata.id}.`);
  };
  return {
    factoryId: connector.metadata.id,
    configSchema: connector.configSchema,
    secretFields: connector.secretFields,
    destinationFields: connector.destinationFields,
    metadata: { ...connector.metadata, type: 'Email', platform: null, logoDark: null },
    sender: (config) => connector.sender(checked(config)),
    templates: (config) => connector.templates(checked(config)),
    open: (config) => connector.open(checked(config)),
  };
}

/** Forms send `""` for what was left open: such values count as absent. */
export function dropEmptyStrings(config: ConnectorConfig): ConnectorConfig {
  const kept = Object.entries(config).filter(([, value]) => value !== '');
  return Object.fromEntries(
    kept.map(([key, value]) => [key, isRecord(value) ? dropEmptyStrings(value) : value]),
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
