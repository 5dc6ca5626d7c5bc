/**
 * The authorization requests that a browser began, in a signed cookie: a flow is shown to, and answered by, this browser
 * only. Who sends somebody a link into a flow of their own gets nowhere.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import Cookies from 'cookies';

const name = 'usher_flows';
const most = 5;
const lifeMs = 3_600_000;
const uid = /^[\w-]{10,64}$/;

type Jar = Pick<Cookies, 'get' | 'set'>;

const read = (jar: Jar): string[] =>
  (jar.get(name, { signed: true }) ?? '').split('.').filter((part) => uid.test(part));

export const flowsCookie = {
  add(jar: Jar, flow: string): void {
    const flows = [...read(jar).filter((other) => other !== flow), flow].slice(-most);
    jar.set(name, flows.join('.'), {
      signed: true,
      httpOnly: true,
      sameSite: 'lax',
      path: '/',
      overwrite: true,
      maxAge: lifeMs,
    });
  },
  /** The flow of this uid, or the last one; undefined when this browser did not begin it. */
  find(
    request: IncomingMessage,
    response: ServerResponse,
    signing: { keys: string[]; secure: boolean },
    wanted: string | undefined,
  ): string | undefined {
    const flows = read(new Cookies(request, response, signing));
    return wanted === undefined ? flows.at(-1) : flows.find((flow) => flow === wanted);
  },
};
