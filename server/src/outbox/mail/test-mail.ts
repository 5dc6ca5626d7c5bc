/** Sends one mail of the kind `Generic` right now, with a configuration that need not be stored. */
import { randomUUID } from 'node:crypto';
import { composeMail } from './compose.ts';
import { openSender } from './senders.ts';

export type TestMail = {
  factoryId: string;
  to: string;
  config: Record<string, unknown>;
  locale?: string | undefined;
  mailFrom: string;
  publicUrl: string;
};

/** Rejects with a DeliveryFailure that has the provider's answer. */
export async function sendTestMail({
  factoryId,
  to,
  config,
  locale,
  mailFrom,
  publicUrl,
}: TestMail): Promise<void> {
  const { sender, configured, templates } = openSender(factoryId, config);
  try {
    const message = composeMail({
      usageType: 'Generic',
      payload: { code: '000000', ...(locale ? { locale } : {}) },
      context: {},
      templates: { stored: [], configured: templates, fallbackLanguage: 'en' },
      sender: configured,
      defaultFrom: mailFrom,
      to,
      messageId: `<${randomUUID()}@${new URL(publicUrl).hostname}>`,
    });
    await sender.send(message, AbortSignal.timeout(30_000));
  } finally {
    await sender.close();
  }
}
