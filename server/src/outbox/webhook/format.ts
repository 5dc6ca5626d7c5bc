/**
 * In whose words webhooks are told. A format is a value: the engine delivers whatever formats it is given, and knows none.
 */
import { createHmac } from 'node:crypto';

/** Somebody whom an event is about, as they were then. */
export type EventPerson = {
  id: string;
  username: string | null;
  primaryEmail: string | null;
  primaryPhone: string | null;
  name: string | null;
  avatar: string | null;
  customData: Record<string, unknown>;
  profile: Record<string, unknown>;
  applicationId: string | null;
  identities: Record<string, unknown>;
  hasPassword: boolean;
  externalId: string | null;
  isVerified: boolean;
  isSuspended: boolean;
  lastSignInAt: number | null;
  createdAt: number;
  updatedAt: number;
  /** In the organization of the event; null: none, or none any more. */
  membership: {
    joinedAt: number;
    suspendedAt: number | null;
    expiresAt: number | null;
    metadata: Record<string, unknown>;
    roles: { id: string; name: string }[];
  } | null;
};

export type EventContext = {
  /** The kind of caller that did it. */
  by?: string;
  organization?: {
    id: string;
    name: string;
    description: string | null;
    customData: Record<string, unknown>;
    isMfaRequired: boolean;
    color: Record<string, unknown>;
    branding: Record<string, unknown>;
    customCss: string | null;
    isDisabled: boolean;
    createdAt: number;
    updatedAt: number;
    externalId: string | null;
    switches: Record<string, boolean>;
  } | null;
  invitation?: {
    id: string;
    organizationId: string;
    invitee: string;
    inviterId: string | null;
    acceptedUserId: string | null;
    createdAt: number;
    updatedAt: number;
    expiresAt: number;
    acceptedAt: number | null;
    rejectedAt: number | null;
    revokedAt: number | null;
    lapsedAt: number | null;
    resentCount: number;
    awaitsApproval: boolean;
    roles: { id: string; name: string }[];
  } | null;
  /** Of an invitation whom it is for, where there is such a person already. */
  users?: EventPerson[] | null;
  role?: {
    id: string;
    name: string;
    description: string | null;
    type: string;
    /** Of which organization it is; null: of all. */
    organizationId: string | null;
    displayName: string | null;
    createdAt: number;
    scopes: { id: string; name: string }[];
  } | null;
};

/** What happened, as it was when it was committed. */
export type WebhookEvent = {
  readonly tenantId: string;
  /** Of the message: the same however often it is sent. */
  readonly id: string;
  readonly at: number;
  readonly type: string;
  readonly organizationId: string | null;
  readonly subjectId: string | null;
  /** Whom this message is about: one of the event's people, or all. */
  readonly userIds: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
  readonly context: EventContext;
};

/** For whom it is told. */
type Listener = {
  readonly id: string;
  /** What it asked for, in the words of its format. */
  readonly events: readonly string[];
};

type Message = { readonly event: string; readonly body: string };

export type WebhookFormat = {
  readonly name: string;
  /** The events that it can tell, and the types of ours that each stands for. */
  readonly events: Readonly<Record<string, readonly string[]>>;
  /** A message for each person where one event is about several. */
  readonly isPerPerson: boolean;
  /** Undefined: it has no words for this. A pure function: an event is told the same every time. */
  tell(event: WebhookEvent, listener: Listener): Message | undefined;
  /** What proves who sent it. The secret in use comes first; one that was replaced a short while ago follows. */
  sign(message: { id: string; at: number; body: string }, secrets: readonly string[]): Record<string, string>;
};

/** The signature of standardwebhooks.com, under every secret that holds. */
export function standardSignature(
  { id, at, body }: { id: string; at: number; body: string },
  secrets: readonly string[],
): Record<string, string> {
  const timestamp = Math.floor(at / 1000);
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}

/** The types of ours that these events stand for; undefined where the format does not have one of them. */
export function typesOf(format: WebhookFormat, events: readonly string[]): string[] | undefined {
  const types = new Set<string>();
  for (const event of events) {
    const known = Object.hasOwn(format.events, event) ? format.events[event]! : undefined;
    if (!known) return undefined;
    for (const type of known) types.add(type);
  }
  return [...types];
}
