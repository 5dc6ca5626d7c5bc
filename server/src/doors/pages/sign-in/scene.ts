/**
 * What the pages around signing in know of a request: the browser, the authorization request that it is for, whom
 * the page speaks for, and in which language. Where it all leads travels in the query of every page and form.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Flow } from '../../flows.ts';
import { localPath, queryOf } from '../fields.ts';
import { type Page, sendPage } from '../frame.ts';
import type { PagesDoor } from '../index.ts';
import { type Language, languageFor } from '../languages.ts';
import { type Look, lookOf } from '../look.ts';
import { type Visit, visitOf } from '../visit.ts';
import { type SignInWording, signInWording } from '../wording/sign-in.ts';

/** Where somebody goes after signing in. */
export type Way = {
  /** The uid of the authorization request. */
  readonly flow?: string | undefined;
  /** A path of this server. */
  readonly continue?: string | undefined;
  /** Being signed in already is not enough. */
  readonly again?: boolean | undefined;
  /** The person asked for the page of those who are new, or for the other one. */
  readonly register?: boolean | undefined;
};

export type Scene = {
  readonly door: PagesDoor;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly visit: Visit;
  readonly flow: Flow | undefined;
  readonly way: Way;
  readonly look: Look;
  readonly language: Language;
  readonly words: SignInWording;
  /** An authorization request was named, and this browser has no such. */
  readonly isOutdated: boolean;
};

export async function sceneOf(door: PagesDoor, request: FastifyRequest, reply: FastifyReply): Promise<Scene> {
  const way = wayOf(door, request);
  const application = queryOf(request, 'app_id');
  const asked = way.flow !== undefined || application !== undefined;
  const found = asked ? await door.flows.find(request.raw, reply.raw, way.flow) : undefined;
  const flow = application && found?.application.id !== application ? undefined : found;
  const visit = await visitOf(door, request, reply);
  const bare = { door, request, reply, visit, way, isOutdated: asked && !flow };
  return inFlow(bare, flow);
}

/** The scene as one of this authorization request: it has a say in how the page looks and where its forms lead. */
export async function inFlow(
  scene: Pick<Scene, 'door' | 'request' | 'reply' | 'visit' | 'way' | 'isOutdated'>,
  flow: Flow | undefined,
): Promise<Scene> {
  const { door, request, way } = scene;
  const look = await lookOf(door.db, door.tenantId, flow);
  const language = languageFor(flow?.uiLocales, request.headers['accept-language'], look.fallbackLanguage);
  return {
    ...scene,
    flow,
    way: flow ? { ...way, flow: flow.uid } : way,
    look,
    language,
    words: signInWording[language],
  };
}

/** Makes a route's handler of what is done in a scene. */
export const inScene =
  (door: PagesDoor) =>
  (handler: (scene: Scene) => Promise<FastifyReply>) =>
  async (request: FastifyRequest, reply: FastifyReply) =>
    handler(await sceneOf(door, request, reply));

export function sendScene(scene: Scene, status: number, page: Pick<Page, 'title' | 'content' | 'scripts'>) {
  const { reply, flow, look, language } = scene;
  return sendPage(reply.header('vary', 'Accept-Language'), status, {
    ...page,
    title: `${page.title} · ${look.name}`,
    language,
    colors: look.colors,
    formTargets: flow ? [flow.target] : [],
  });
}

/** A path of these pages that leads on the same way. */
export function along(path: string, way: Way): string {
  const query = new URLSearchParams();
  if (way.flow) query.set('flow', way.flow);
  if (way.continue) query.set('continue', way.continue);
  if (way.again) query.set('again', '1');
  if (way.register !== undefined) query.set('register', way.register ? '1' : '0');
  return query.size > 0 ? `${path}?${query}` : path;
}

function wayOf(door: PagesDoor, request: FastifyRequest): Way {
  return {
    flow: queryOf(request, 'flow'),
    continue: localPath(queryOf(request, 'continue'), door.publicUrl),
    again: queryOf(request, 'again') === '1',
    register: { 1: true, 0: false }[queryOf(request, 'register') ?? ''],
  };
}
