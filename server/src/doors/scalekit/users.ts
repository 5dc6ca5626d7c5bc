/** Users, memberships and invitations. */
import type { ServiceImpl } from '@connectrpc/connect';
import type { UserService } from './descriptors.ts';
import type { ScalekitDoor } from './door.ts';
import { invitations } from './users/invitations.ts';
import { memberships } from './users/memberships.ts';
import { people } from './users/people.ts';
import { roster } from './users/roster.ts';

export const users = (door: ScalekitDoor): Partial<ServiceImpl<typeof UserService>> => ({
  ...invitations(door),
  ...memberships(door),
  ...people(door),
  ...roster(door),
});
