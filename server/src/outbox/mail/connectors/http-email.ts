/**
 * Any receiver by HTTP: the mail is posted as JSON. `to`, `type` and `payload` let the receiver render it itself;
 * `from`, `subject`, `html`, `text` and the rest are the mail as it would have been sent. The Message-ID is also
 * the `Idempotency-Key`.
 */
import { type Static, Type } from 'typebox';
import { defineConnector, type Sender } from '../connector.ts';
import { HeaderText, TargetUrl, textItem } from './fields.ts';
import { openHttp } from './http.ts';

const HttpEmailConfig = Type.Object({
  endpoint: TargetUrl,
  authorization: Type.Optional(HeaderText('Value of the Authorization header')),
});

export const httpEmail = defineConnector({
  metadata: {
    id: 'http-email',
    target: 'http-email',
    name: { en: 'HTTP' },
    description: { en: 'Posts every mail as JSON to an address of yours.' },
    logo: './logo.svg',
    readme: 'The receiver answers 2xx once it has taken the mail; 429 and 5xx make the mail come again.',
    configTemplate: '{ "endpoint": "https://example.com/mail", "authorization": "Bearer …" }',
    formItems: [
      textItem('endpoint', 'Address', true, 'https://example.com/mail'),
      textItem('authorization', 'Authorization header', false, 'Bearer …'),
    ],
  },
  configSchema: HttpEmailConfig,
  secretFields: ['authorization'],
  destinationFields: ['endpoint'],
  sender: () => ({}),
  templates: () => [],
  open: openHttpEmail,
});

function openHttpEmail(config: Static<typeof HttpEmailConfig>): Sender {
  return openHttp({
    name: 'The mail endpoint',
    secrets: [config.authorization ?? ''],
    request: (mail) => ({
      url: config.endpoint,
      headers: {
        'content-type': 'application/json',
        'idempotency-key': mail.messageId.slice(1, -1),
        ...(config.authorization && { authorization: config.authorization }),
      },
      body: JSON.stringify({
        to: mail.to,
        type: mail.usageType,
        payload: mail.payload,
        from: mail.from,
        replyTo: mail.replyTo,
        subject: mail.subject,
        html: mail.html,
        text: mail.text,
        messageId: mail.messageId,
        language: mail.language,
        headers: mail.headers,
      }),
    }),
    providerId: ({ json }) => json.id,
  });
}
