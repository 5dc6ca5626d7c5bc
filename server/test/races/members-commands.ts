/** What members of one organization may try, by chance: those who may do something act more often than others. */
import fc from 'fast-check';

/** Roles of who is inside at the start, by rank; the rest are outside. */
export const founders = [2, 2, 1, 1, 0];
export const people = founders.length + 4;
/** People live in these by turns. */
export const domains = ['near.example', 'far.example'];

/** What policies say, as far as it decides who comes in. Roles are named by rank. */
export type PolicyDraft = {
  allowedDomains: string[] | null;
  blockedDomains: string[];
  invitableRoles: { role: number; byRoles: number[] | null }[] | null;
  approvalRequired: 'never' | 'always' | { roles: number[]; domains: string[] };
};

export type Command =
  | { kind: 'set roles'; by: number; whom: number; roles: number[] }
  | { kind: 'remove' | 'suspend' | 'reinstate' | 'offer'; by: number; whom: number }
  | { kind: 'invite'; by: number; whom: number; role: number }
  | { kind: 'accept' | 'accept offer' | 'approve'; by: number; handle: number }
  | { kind: 'leave'; by: number }
  | { kind: 'make link'; by: number; role: number; asksFirst: boolean; mostUses: number | null }
  | { kind: 'switch link'; by: number; handle: number; isDisabled: boolean }
  | { kind: 'join' | 'ask'; by: number; handle: number }
  | { kind: 'let in'; by: number; handle: number; role: number | null }
  | { kind: 'decline'; by: number; handle: number }
  | { kind: 'set policy'; by: number; policy: PolicyDraft }
  /** By the tenant. */
  | { kind: 'set seats'; limit: number };

const who = fc.nat(people - 1);
const member = fc.oneof({ weight: 3, arbitrary: fc.nat(founders.length - 1) }, { weight: 1, arbitrary: who });
const actor = fc.oneof(
  { weight: 3, arbitrary: fc.nat(1) },
  { weight: 3, arbitrary: fc.nat(3) },
  { weight: 1, arbitrary: who },
);
const outsider = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: founders.length, max: people - 1 }) },
  { weight: 1, arbitrary: who },
);
const role = fc.nat(2);
const handle = fc.nat(7);
const is = <K extends Command['kind']>(...kinds: K[]) => fc.constantFrom(...kinds);

const policy: fc.Arbitrary<PolicyDraft> = fc.record({
  allowedDomains: fc.constantFrom(null, null, ['near.example'], domains, []),
  blockedDomains: fc.constantFrom<string[]>([], [], ['far.example']),
  invitableRoles: fc.constantFrom(null, null, [
    { role: 0, byRoles: null },
    { role: 1, byRoles: [2] },
  ]),
  approvalRequired: fc.constantFrom<PolicyDraft['approvalRequired']>('never', 'never', 'always', {
    roles: [1],
    domains: ['far.example'],
  }),
});

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: is('set roles'),
      by: actor,
      whom: member,
      roles: fc.subarray([0, 1, 2], { maxLength: 2 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: is('remove', 'suspend', 'reinstate', 'offer', 'offer'),
      by: actor,
      whom: member,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: is('invite'), by: actor, whom: outsider, role }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: is('accept', 'accept', 'accept offer', 'approve'), by: actor, handle }),
  },
  { weight: 1, arbitrary: fc.record({ kind: is('leave'), by: who }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: is('make link'),
      by: actor,
      role,
      asksFirst: fc.boolean(),
      mostUses: fc.constantFrom(null, 1, 2),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: is('switch link'), by: actor, handle, isDisabled: fc.boolean() }),
  },
  { weight: 7, arbitrary: fc.record({ kind: is('join', 'join', 'ask'), by: outsider, handle }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: is('let in'), by: actor, handle, role: fc.option(role) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: is('decline'), by: actor, handle }) },
  { weight: 1, arbitrary: fc.record({ kind: is('set policy'), by: actor, policy }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: is('set seats'), limit: fc.integer({ min: founders.length, max: people }) }),
  },
);

export const history = fc.array(fc.array(command, { minLength: 2, maxLength: 6, size: 'max' }), {
  minLength: 3,
  maxLength: 8,
  size: 'max',
});
