/** Plain gRPC calls, byte by byte: what comes whole is answered, and what does not is refused in gRPC's words. */
import { connect } from 'node:http2';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ListUsersRequestSchema, ListUsersResponseSchema } from './descriptors.ts';
import { openDoor } from './fixture.ts';

const door = openDoor();
const path = '/scalekit.v1.users.UserService/ListUsers';

async function token(): Promise<string> {
  await door.client.user.listUsers();
  return (door.client as unknown as { coreClient: { accessToken: string } }).coreClient.accessToken;
}

function framed(message: Uint8Array, length = message.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

/** In how many pieces the body goes out, and what came back of it. */
async function called(body: Buffer, headers: Record<string, string> = {}, pieces = 1) {
  const session = connect(door.url);
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    authorization: `Bearer ${await token()}`,
    ...headers,
  });
  const parts: Buffer[] = [];
  let status: Record<string, unknown> = {};
  stream.on('response', (answer) => {
    status = { ...status, ...answer };
  });
  stream.on('trailers', (trailers) => {
    status = { ...status, ...trailers };
  });
  stream.on('data', (part: Buffer) => parts.push(part));
  stream.on('error', () => undefined);
  const size = Math.ceil(body.length / pieces);
  for (let i = 0; i < pieces; i++) {
    stream.write(body.subarray(i * size, (i + 1) * size));
    if (pieces > 1) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  stream.end();
  await new Promise((resolve) => stream.once('close', resolve));
  session.close();
  return {
    status: status['grpc-status'],
    details: status['grpc-status-details-bin'],
    body: Buffer.concat(parts),
  };
}

const request = toBinary(ListUsersRequestSchema, create(ListUsersRequestSchema, { pageSize: 5 }));

test('a message is answered, in however many pieces it comes', async () => {
  for (const pieces of [1, 7]) {
    const { status, body } = await called(framed(request), {}, pieces);
    expect(status).toBe('0');
    expect(body.readUInt32BE(1)).toBe(body.length - 5);
    expect(fromBinary(ListUsersResponseSchema, body.subarray(5)).users).toEqual([]);
  }
});

test('what is not one whole message is refused', async () => {
  const wrong = [
    framed(request, 100),
    Buffer.alloc(0),
    Buffer.of(1, 0, 0, 0, 0),
    framed(Buffer.of(0xff)),
    Buffer.concat([framed(request), framed(request)]),
  ];
  for (const body of wrong) expect(await called(body)).toMatchObject({ status: '3' });
});

test('a message that is too large is refused', async () => {
  const { status } = await called(framed(Buffer.alloc(1_200_000)), {}, 20);
  expect(status).toBe('8');
});

test('the caller’s deadline counts', async () => {
  expect(await called(framed(request), { 'grpc-timeout': '1n' }, 5)).toMatchObject({ status: '4' });
  expect(await called(framed(request), { 'grpc-timeout': '20000m' })).toMatchObject({ status: '0' });
});

test('nobody unknown learns of fields; details say what is refused', async () => {
  const unfit = framed(toBinary(ListUsersRequestSchema, create(ListUsersRequestSchema, { pageToken: 'no' })));
  const unknown = await called(unfit, { authorization: 'Bearer nothing' });
  expect(unknown.status).toBe('16');
  expect(unknown.details).toBeTruthy();
  expect(await called(unfit)).toMatchObject({ status: '3' });
});

test('other forms of the call are answered as well', async () => {
  expect(await called(framed(request), { 'grpc-encoding': 'gzip' })).toMatchObject({ status: '0' });
  const web = await fetch(`${door.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await token()}` },
    body: '{}',
  });
  expect(web.status).toBe(200);
});
