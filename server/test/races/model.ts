/**
 * A small model of one organization: what each command answers and leaves behind when commands come one after the
 * other. What the server does with commands that come at once must equal some order of them here.
 */
export type Invitation = {
  person: number;
  roles: readonly number[];
  expiresAt: number;
  ended: 'Accepted' | 'Revoked' | 'Rejected' | undefined;
  /** Closed as expired, because a newer one took its place. */
  replaced: boolean;
};

export type State = {
  limit: number | null;
  /** Person → roles. */
  members: ReadonlyMap<number, ReadonlySet<number>>;
  /** By the number of the command that made it. */
  invitations: ReadonlyMap<number, Invitation>;
};

export type Command =
  | { kind: 'create'; handle: number; person: number; roles: readonly number[]; lifetime: number }
  | { kind: 'accept'; handle: number; person: number }
  | { kind: 'revoke' | 'reject'; handle: number }
  | { kind: 'renew'; handle: number; lifetime: number }
  | { kind: 'join' | 'leave'; person: number }
  | { kind: 'limit'; limit: number | null };

export type Reply = string;

export const empty: State = { limit: null, members: new Map(), invitations: new Map() };

export function statusOf(invitation: Invitation, now: number): string {
  if (invitation.ended) return invitation.ended;
  return invitation.replaced || invitation.expiresAt <= now ? 'Expired' : 'Pending';
}

const pendingFor = (state: State, person: number, now: number) =>
  [...state.invitations.values()].find((each) => each.person === person && statusOf(each, now) === 'Pending');

export function seatsTaken(state: State, now: number): number {
  const pending = [...state.invitations.values()].filter((each) => statusOf(each, now) === 'Pending');
  return state.members.size + pending.length;
}

const isFull = (state: State, now: number) => state.limit !== null && seatsTaken(state, now) >= state.limit;

const withInvitation = (state: State, handle: number, invitation: Invitation): State => ({
  ...state,
  invitations: new Map(state.invitations).set(handle, invitation),
});

const withMember = (state: State, person: number, roles: Iterable<number>): State => ({
  ...state,
  members: new Map(state.members).set(person, new Set([...(state.members.get(person) ?? []), ...roles])),
});

/** What the command answers, and the state after it. */
export function step(state: State, command: Command, now: number): [Reply, State] {
  switch (command.kind) {
    case 'create':
      return create(state, command, now);
    case 'accept': {
      const invitation = state.invitations.get(command.handle);
      if (!invitation) return ['404', state];
      if (statusOf(invitation, now) !== 'Pending' || invitation.person !== command.person)
        return ['422 invitation', state];
      const accepted = withInvitation(state, command.handle, { ...invitation, ended: 'Accepted' });
      return ['200', withMember(accepted, command.person, invitation.roles)];
    }
    case 'revoke':
    case 'reject': {
      const invitation = state.invitations.get(command.handle);
      if (!invitation) return ['404', state];
      if (statusOf(invitation, now) !== 'Pending') return ['422 invitation', state];
      const ended = command.kind === 'revoke' ? 'Revoked' : 'Rejected';
      return ['200', withInvitation(state, command.handle, { ...invitation, ended })];
    }
    case 'renew':
      return renew(state, command, now);
    case 'join': {
      if (state.members.has(command.person)) return ['201', state];
      return isFull(state, now) ? ['422 seats', state] : ['201', withMember(state, command.person, [])];
    }
    case 'leave': {
      const members = new Map(state.members);
      return members.delete(command.person) ? ['204', { ...state, members }] : ['404', state];
    }
    case 'limit': {
      const isBelow = command.limit !== null && seatsTaken(state, now) > command.limit;
      return isBelow ? ['422 seats', state] : ['200', { ...state, limit: command.limit }];
    }
  }
}

function create(state: State, command: Command & { kind: 'create' }, now: number): [Reply, State] {
  const { handle, person, roles, lifetime } = command;
  if (state.members.has(person)) return ['422 invitation', state];
  if (pendingFor(state, person, now)) return ['422 duplicate', state];
  if (isFull(state, now)) return ['422 seats', state];
  const invitations = new Map(state.invitations);
  for (const [other, each] of invitations)
    if (each.person === person && !each.ended) invitations.set(other, { ...each, replaced: true });
  return [
    '201',
    withInvitation({ ...state, invitations }, handle, {
      person,
      roles,
      expiresAt: now + lifetime,
      ended: undefined,
      replaced: false,
    }),
  ];
}

function renew(state: State, { handle, lifetime }: Command & { kind: 'renew' }, now: number): [Reply, State] {
  const invitation = state.invitations.get(handle);
  if (!invitation) return ['404', state];
  if (invitation.ended) return ['422 invitation', state];
  const isPending = statusOf(invitation, now) === 'Pending';
  if (!isPending && pendingFor(state, invitation.person, now)) return ['422 duplicate', state];
  if (state.members.has(invitation.person)) return ['422 invitation', state];
  if (!isPending && isFull(state, now)) return ['422 seats', state];
  return [
    '200',
    withInvitation(state, handle, { ...invitation, expiresAt: now + lifetime, replaced: false }),
  ];
}

/** The states in which some order of the commands gives exactly these replies. */
export function explain(
  states: readonly State[],
  commands: readonly Command[],
  replies: readonly Reply[],
  now: number,
): State[] {
  const found = new Map<string, State>();
  const visit = (state: State, left: readonly number[]): void => {
    if (left.length === 0) found.set(keyOf(state, now), state);
    for (const index of left) {
      const [reply, next] = step(state, commands[index]!, now);
      if (reply === replies[index])
        visit(
          next,
          left.filter((other) => other !== index),
        );
    }
  };
  for (const state of states)
    visit(
      state,
      commands.map((_, index) => index),
    );
  return [...found.values()];
}

/** Everything of a state that somebody outside can see, in one text. */
export function keyOf(state: State, now: number): string {
  const members = [...state.members].map(([person, roles]) => `${person}:${[...roles].sort()}`).sort();
  const invitations = [...state.invitations]
    .map(([handle, each]) => `${handle}=${statusOf(each, now)}`)
    .sort();
  return `${state.limit} | ${members.join(' ')} | ${invitations.join(' ')}`;
}
