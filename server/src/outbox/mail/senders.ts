/**
 * By whom mails are sent right now: the tenant's connector where there is one, else the deployment's SMTP server, else
 * the development mailbox. A sender stays open, with its connections, until its configuration changes.
 */
import { createHash } from 'node:crypto';
import type { Db } from '../../db/db.ts';
import type { Keys } from '../../domain/keys.ts';
import { findConnectors } from '../../domain/mail/connectors.ts';
import type { ConfigTemplate, ConfiguredSender, ConnectorConfig, Sender } from './connector.ts';
import { findConnector } from './registry.ts';

export type OpenSender = {
  sender: Sender;
  configured: ConfiguredSender;
  templates: readonly ConfigTemplate[];
};

export type Senders = {
  /** Whether mail goes out even when no connector is stored. */
  readonly hasDefault: boolean;
  /** Undefined: mail cannot be sent at present. */
  current(): Promise<OpenSender | undefined>;
  close(): Promise<void>;
};

const smtpFactory = 'simple-mail-transfer-protocol';

export function openSenders(db: Db, keys: Keys, tenantId: string, fallback: OpenSender | undefined): Senders {
  let open: { key: string; sender: OpenSender } | undefined;

  async function drop(): Promise<void> {
    const old = open?.sender.sender;
    open = undefined;
    await old?.close();
  }

  return {
    hasDefault: fallback !== undefined,
    async current() {
      const [stored] = await findConnectors(db, keys, tenantId);
      if (!stored) {
        await drop();
        return fallback;
      }
      const key = createHash('sha256')
        .update(`${stored.id}${JSON.stringify(stored.config)}`)
        .digest('base64');
      if (open?.key === key) return open.sender;
      await drop();
      const sender = openSender(stored.connectorId, stored.config);
      open = { key, sender };
      return sender;
    },
    async close() {
      await drop();
      await fallback?.sender.close();
    },
  };
}

/** A sender from a configuration. Throws when the factory is unknown or the configuration does not fit it. */
export function openSender(factoryId: string, config: ConnectorConfig): OpenSender {
  const connector = findConnector(factoryId);
  if (!connector) throw new Error(`There is no e-mail connector ${factoryId}`);
  return {
    sender: connector.open(config),
    configured: connector.sender(config),
    templates: connector.templates(config),
  };
}

/** The deployment's own SMTP server: `smtp[s]://user:password@host:port`. */
export function openSmtpUrl(smtpUrl: string, mailFrom: string): OpenSender {
  const url = new URL(smtpUrl);
  const secure = url.protocol === 'smtps:';
  const user = decodeURIComponent(url.username);
  return openSender(smtpFactory, {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    auth: user ? { user, pass: decodeURIComponent(url.password) } : {},
    fromEmail: mailFrom,
  });
}
