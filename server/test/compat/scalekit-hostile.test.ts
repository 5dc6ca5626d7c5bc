/** Whatever is in a message, the answer is a refusal or what was asked for: never a failure of ours. */
import {
  create,
  type DescField,
  type DescMessage,
  type DescMethodUnary,
  type Message,
} from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { Code, ConnectError } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { beforeAll, expect, test } from 'vitest';
import {
  ApiTokenService,
  ClientService,
  DomainService,
  EventsService,
  OrganizationService,
  PasswordlessService,
  RolesService,
  SessionService,
  UserService,
} from '../../src/doors/scalekit/descriptors.ts';
import { openDoor, unique } from '../../src/doors/scalekit/fixture.ts';

const logged: string[] = [];
const door = openDoor({ logTo: { write: (line) => logged.push(line) } });
const known: string[] = [];

beforeAll(async () => {
  const { organization } = await door.client.organization.createOrganization(unique('Acme'));
  const { user } = await door.client.user.createUserAndMembership(organization!.id, {
    email: `${unique('p')}@example.com`,
    sendInvitationEmail: false,
  });
  known.push(organization!.id, user!.id, 'admin', 'member', 'read:member', 'acme.example', 'ann@example.com');
});

const strange = [
  '',
  '\0',
  'a\0b@example.com',
  'x'.repeat(300),
  '%',
  "'; drop table users; --",
  '‮gpj.exe',
  '{"a":1}',
  'usr_9999999999999999999',
  'org_9223372036854775808',
  'org_0000000000000000000',
  'ses_99999999999999999999999999999999',
  'role_1',
  'https://example.com/',
  'a@b.c',
  'sso',
  '2026-01-01T00:00:00Z',
];

/** The same numbers every time. */
let seed = 7;
const next = (most: number): number => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return Math.floor((seed / 2147483648) * most);
};
const text = (): string => (next(2) ? known[next(known.length)]! : strange[next(strange.length)]!);
const numbers = [0, 1, 2, 30, 100, 2_147_483_647];

function scalar(field: DescField & { scalar: number | undefined }): unknown {
  switch (field.scalar) {
    case 8:
      return next(2) === 1;
    case 9:
      return text();
    case 12:
      return new Uint8Array([0, 255]);
    case 3:
    case 4:
    case 18:
      return [0n, 1n, 9_007_199_254_740_993n][next(3)]!;
    default:
      return numbers[next(numbers.length)]!;
  }
}

/** A message with about two thirds of its fields, each with something that it can hold. */
function message(desc: DescMessage, depth = 0): Message {
  const made = reflect(desc, create(desc));
  const chosen = new Set(desc.oneofs.map(({ fields }) => fields[next(fields.length)]));
  for (const field of desc.fields) {
    if (next(3) === 0 || depth > 3) continue;
    if (field.oneof && !chosen.has(field)) continue;
    if (field.fieldKind === 'scalar') made.set(field, scalar(field));
    else if (field.fieldKind === 'enum')
      made.set(field, field.enum.values[next(field.enum.values.length)]!.number);
    else if (field.fieldKind === 'message')
      made.set(field, reflect(field.message, message(field.message, depth + 1)));
    else if (field.fieldKind === 'map' && field.mapKind === 'scalar' && field.scalar === 9)
      made.get(field).set(text() as never, text());
    else if (field.fieldKind === 'list' && field.listKind === 'message')
      made.get(field).add(reflect(field.message, message(field.message, depth + 1)));
    else if (field.fieldKind === 'list' && field.listKind === 'scalar' && field.scalar === 9)
      made.get(field).add(text());
  }
  return made.message;
}

const services = [
  UserService,
  OrganizationService,
  RolesService,
  DomainService,
  ClientService,
  ApiTokenService,
  SessionService,
  PasswordlessService,
  EventsService,
];
/** What would take away what the other messages are about. */
const notTried = /^(DeleteOrganization|DeleteUser|VerifyDomain)$/;

test.each(services)(
  '$typeName answers strange messages with a refusal',
  async (service) => {
    const response = await fetch(`${door.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'test-management',
        client_secret: 'a-secret-that-only-tests-know',
      }),
    });
    const { access_token: token } = (await response.json()) as { access_token: string };
    const transport = createGrpcTransport({ baseUrl: door.url });
    const codes = new Map<string, number>();
    for (const method of service.methods) {
      if (notTried.test(method.name)) continue;
      for (let n = 0; n < 12; n++) {
        const asked = message(method.input);
        const code = await transport
          .unary(method as DescMethodUnary, undefined, 15_000, { authorization: `Bearer ${token}` }, asked)
          .then(
            () => 'done',
            (error: unknown) => Code[ConnectError.from(error).code]!,
          );
        codes.set(code, (codes.get(code) ?? 0) + 1);
        expect(
          ['Internal', 'Unknown', 'DeadlineExceeded', 'Unauthenticated', 'Unavailable'],
          [
            method.name,
            JSON.stringify(asked, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
            logged.at(-1),
          ].join(' '),
        ).not.toContain(code);
      }
    }
    expect(codes.size).toBeGreaterThan(1);
  },
  120_000,
);
