/** Where Grant was measured to deadlock and to leak: many at once from cold, and clients that go away in the middle. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { countBy, parallel } from '../../../test/builders.ts';
import { testApp } from '../../../test/harness.ts';
import { newAddress, openDoor } from './fixture.ts';

const door = openDoor();

test('twenty concurrent calls of a server that has just started are all answered', async () => {
  const maker = await door.person();
  const acme = await door.organization(maker);
  // Another process of the same deployment, with no connection open yet.
  const cold = await testApp({ database: door.database, config: { publicUrl: door.url } });
  onTestFinished(() => cold.close());
  const answers = await parallel(20, () =>
    fetch(`${cold.url}/grant/api/organization-invitations/invite`, {
      method: 'POST',
      headers: { authorization: `Bearer ${maker.accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ scope: acme.scope, email: newAddress(), roleId: acme.roles.Dev }),
    }),
  );
  expect(countBy(answers, ({ status }) => status)).toEqual({ 201: 20 });
});

test('clients that go away in the middle leave no connection behind, and nothing half done', async () => {
  const maker = await door.person();
  const acme = await door.organization(maker);
  const { port } = new URL(door.url);
  const busy = () =>
    door.sql<{ count: string }>(
      `select count(*) from pg_stat_activity where datname = current_database() and application_name = 'usher'
          and (state = 'active' or state like 'idle in transaction%') and pid <> pg_backend_pid()`,
    );
  await parallel(50, async (index) => {
    const body = JSON.stringify({
      scope: acme.scope,
      email: `gone${index}@example.com`,
      roleId: acme.roles.Dev,
    });
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(
      `POST /grant/api/organization-invitations/invite HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${maker.accessToken}\r\n` +
        `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${index % 3 ? body : body.slice(0, 20)}`,
    );
    await sleep(index % 7);
    socket.destroy();
  });
  await vi.waitFor(async () => expect(await busy()).toEqual([{ count: '0' }]), 15_000);
  // What was done is whole: every invitation with its mail and its entry.
  const [row] =
    await door.sql(`select count(*) as invitations, count(d.id) as mails, count(j.id) as entries from invitations i
    left join deliveries d on d.invitation_id = i.id left join journal j on j.subject_id = i.id and j.type = 'invitation.created'
    where i.invitee like 'gone%'`);
  expect(row!.mails).toBe(row!.invitations);
  expect(row!.entries).toBe(row!.invitations);
  const after = await parallel(20, () => maker.call('GET', `/organization-members${acme.query}`));
  expect(countBy(after, ({ status }) => status)).toEqual({ 200: 20 });
});
