/** Fields that the configurations of several connectors share. */
import { Type } from 'typebox';
import type { ConfigTemplate, FormItem } from '../connector.ts';
import { writeMailbox } from '../message.ts';

export const Text = (description?: string) => Type.String({ minLength: 1, maxLength: 4096, description });

/** Goes into a header on every request or mail, so nothing that could end the header. */
export const HeaderText = (description?: string) =>
  Type.String({ minLength: 1, maxLength: 4096, pattern: '^[^\\u0000-\\u001f\\u007f]+$', description });

export const Endpoint = Type.String({
  maxLength: 2048,
  pattern: '^https?://[^\\s/?#@]+(/[^\\s?#]*)?$',
  description: 'Base URL, without credentials, query or fragment',
});

/** A whole address of the operator's own, query included. */
export const TargetUrl = Type.String({ maxLength: 2048, pattern: '^https?://[^\\s/?#@]+(/[^\\s#]*)?$' });

export const baseUrl = (endpoint: string | undefined, usual: string): string =>
  (endpoint ?? usual).replace(/\/+$/, '');

export const mailboxText = (address: string, name: string | undefined): string =>
  name ? writeMailbox({ name, address }) : address;

const REQUIRED_USAGE_TYPES = ['Register', 'SignIn', 'ForgotPassword', 'Generic'];
const mustInclude = REQUIRED_USAGE_TYPES.map((usageType) => ({
  contains: { type: 'object', properties: { usageType: { const: usageType } } },
}));

export const Template = Type.Object({
  usageType: Text(),
  contentType: Type.Optional(Type.Union([Type.Literal('text/html'), Type.Literal('text/plain')])),
  /** SendGrid configurations call it `type`. */
  type: Type.Optional(Type.Union([Type.Literal('text/html'), Type.Literal('text/plain')])),
  subject: Type.String({ maxLength: 1000 }),
  content: Type.String({ maxLength: 500_000 }),
});

/**
 * Templates may be left out, since built-in ones exist; a list that is given has the four types that such
 * configurations always have.
 */
export const Templates = Type.Optional(Type.Array(Template, { allOf: mustInclude }));

export function readTemplates(
  templates: Type.Static<typeof Template>[] | undefined,
  fallback: ConfigTemplate['contentType'] = 'text/html',
): ConfigTemplate[] {
  return (templates ?? []).map(({ usageType, contentType, type, subject, content }) => ({
    usageType,
    contentType: contentType ?? type ?? fallback,
    subject,
    content,
  }));
}

export const textItem = (key: string, label: string, required: boolean, placeholder = ''): FormItem => ({
  key,
  label,
  type: 'Text',
  required,
  placeholder,
});

export const templatesItem: FormItem = {
  key: 'templates',
  label: 'Templates',
  type: 'Json',
  required: false,
  defaultValue: REQUIRED_USAGE_TYPES.map((usageType) => ({
    usageType,
    contentType: 'text/plain',
    subject: 'Your verification code',
    content: 'Your verification code is {{code}}. It is valid for 10 minutes.',
  })),
};
