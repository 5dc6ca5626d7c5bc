/**
 * The mailbox shows mails meant for others, links that accept included, so it is only for who sits at the machine in
 * development: no connector set, a loopback client, and a loopback name in the address, since a name of somebody
 * else's domain can be made to point here. A proxy's request comes from anywhere.
 */
import type { FastifyRequest } from 'fastify';
import { sql } from '../../db/db.ts';
import type { PagesDoor } from './index.ts';

/** Undefined: it may be shown. */
export async function whyNoMailbox(
  { hasMailbox, db, tenantId }: Pick<PagesDoor, 'hasMailbox' | 'db' | 'tenantId'>,
  request: FastifyRequest,
): Promise<string | undefined> {
  if (!isAtTheMachine(request))
    return 'The mailbox is shown only on the machine that the server runs on, at localhost.';
  if (!hasMailbox) return 'Mail leaves this server over SMTP, so it keeps none to show.';
  const connector = await db.first<{ id: string }>(
    sql`select id from connectors where tenant_id = ${tenantId} and type = 'Email' limit 1`,
  );
  return connector
    ? 'An e-mail connector is set, so mail leaves this server and none is kept to show.'
    : undefined;
}

function isAtTheMachine({ socket, headers }: FastifyRequest): boolean {
  const isProxied = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'].some(
    (name) => headers[name] !== undefined,
  );
  return !isProxied && isLoopbackAddress(socket.remoteAddress) && isLoopbackName(headers.host);
}

const isLoopbackAddress = (address = ''): boolean => /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/.test(address);
const isLoopbackName = (host = ''): boolean =>
  /^(([\w-]+\.)*localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i.test(host);
