/** What this door is built with, and what every service of it works with. */
import type { Acting } from '../../act.ts';
import type { Db } from '../../db/db.ts';
import type { MayManage } from '../../domain/applications/authority.ts';
import type { Keys } from '../../domain/keys.ts';
import type { Carried } from '../../domain/proofs/for-application.ts';
import type { KeyRing } from '../../domain/signing-keys/key-ring.ts';
import type { MailBounds, MailOrder } from '../../outbox/put.ts';
import type { Authorizations } from '../authorizations.ts';
import type { RenderNotice } from '../notices.ts';
import type { Ids } from './ids.ts';

export type ScalekitParts = {
  readonly tenantId: string;
  readonly db: Db;
  readonly acting: Acting;
  readonly clock: () => number;
  readonly keys: Keys;
  readonly publicUrl: string;
  readonly orderMail: (payload: Record<string, unknown>) => MailOrder;
  /** Signing people in: sessions, pages, codes and refresh tokens of the house. */
  readonly authorizations: Authorizations;
  /** Whether an application of the tenant's own calls from this origin. */
  readonly isKnownOrigin: (origin: string) => Promise<boolean>;
  readonly renderNotice: RenderNotice;
  /** Seconds that a person's access token lives. */
  readonly accessTokenLifeS: number;
  readonly mail: { readonly bounds: MailBounds; readonly hasDefaultConnector: boolean };
  /** How long invitations made at this door live where their organization does not say. */
  readonly invitationLifeMs: number;
  /** What the mails have in them that prove an address. */
  readonly passwordless: Carried;
  /** Hears what went wrong inside; never what a caller did wrong. */
  readonly log: (problem: unknown) => void;
};

export type ScalekitDoor = ScalekitParts & {
  readonly ids: Ids;
  /** The keys that sign this door's tokens, and no others. */
  readonly ring: KeyRing;
  /** Whether an application manages the tenant, believed for seconds. */
  readonly mayManage: MayManage;
};
