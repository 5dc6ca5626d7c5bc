/**
 * What the pages of one's own account know of a request: who it is. Whoever is not signed in signs in first; what
 * could take the account away from its owner needs a proof of today.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sql } from '../../../db/db.ts';
import type { Session } from '../../../domain/sessions/sessions.ts';
import type { Page } from '../frame.ts';
import { sendPage } from '../frame.ts';
import type { PagesDoor } from '../index.ts';
import { along, type Scene, sceneOf } from '../sign-in/scene.ts';
import { type AccountWording, accountWording, type Done } from '../wording/account.ts';

export type AccountScene = Scene & {
  readonly session: Session;
  readonly person: Person;
  readonly said: AccountWording;
};

export type Person = {
  readonly id: string;
  readonly name: string | null;
  readonly avatar: string | null;
  readonly address: string | null;
  readonly addressVerifiedAt: number | null;
  readonly username: string | null;
  readonly hasPassword: boolean;
};

/** How old a proof of who it is may be where it matters. */
export const dayMs = 24 * 60 * 60_000;
export const minutesMs = 10 * 60_000;

export const inAccount =
  (door: PagesDoor) =>
  (handler: (scene: AccountScene) => Promise<FastifyReply>, needs: { proofWithinMs?: number } = {}) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const scene = await sceneOf(door, request, reply);
    const { session } = scene.visit;
    const isPage = request.method === 'GET' || request.method === 'HEAD';
    const way = { continue: isPage ? request.url : '/account' };
    if (!session) return reply.redirect(along('/sign-in', way), 303);
    if (needs.proofWithinMs !== undefined && session.signedInAt < door.clock() - needs.proofWithinMs)
      return reply.redirect(along('/sign-in', { ...way, again: true }), 303);
    const person = await door.db.first<Person>(sql`
      select id, name, avatar, primary_email as address, email_verified_at as "addressVerifiedAt", username,
             password_digest is not null as "hasPassword"
        from users where tenant_id = ${door.tenantId} and id = ${session.userId}`);
    return handler({ ...scene, session, person: person!, said: accountWording[scene.language] });
  };

export function sendAccount(
  { reply, language, look }: AccountScene,
  status: number,
  page: Pick<Page, 'title' | 'content' | 'scripts' | 'styles' | 'layout' | 'formTargets'>,
): FastifyReply {
  return sendPage(reply.header('vary', 'Accept-Language'), status, {
    ...page,
    title: `${page.title} · ${look.name}`,
    language,
    colors: look.colors,
  });
}

/** Back to the account, which says what has been done. */
export const done = ({ reply }: AccountScene, what: Done): FastifyReply =>
  reply.redirect(`/account?done=${what}`, 303);

/** The person as the actor of what they do. */
export const actor = ({ person }: AccountScene) => ({ kind: 'user', id: person.id }) as const;
