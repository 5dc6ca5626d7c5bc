/** What handlers of this door need besides the database. */
import type { Keys } from '../../domain/keys.ts';
import type { SigningAlgorithm } from '../../domain/signing-keys/signing-key.ts';
import type { MailOrder } from '../../outbox/put.ts';
import type { WebhookFormat } from '../../outbox/webhook/format.ts';
import type { Reached } from '../../outbox/webhook/send.ts';

export type Services = {
  readonly webhooks: {
    readonly formats: readonly WebhookFormat[];
    /** Sends one message right now. */
    sendNow(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Reached>;
  };
  readonly keys: Keys;
  readonly publicUrl: string;
  /** An order for the mail of an invitation, with the bounds of this deployment. */
  orderMail(payload: Record<string, unknown>): MailOrder;
  readonly signingAlgorithm: SigningAlgorithm;
  /** Publishes a new signing key and returns its id. */
  rotateSigningKeys(): Promise<string>;
  /** Sends a test mail right now with a configuration that is not stored. Rejects with DeliveryFailure. */
  testConnector(input: {
    factoryId: string;
    to: string;
    config: Record<string, unknown>;
    locale?: string | undefined;
  }): Promise<void>;
};
