import type { ServiceImpl } from '@connectrpc/connect';
import type { UserService } from './descriptors.ts';
import type { ScalekitDoor } from './door.ts';

export const users = (_door: ScalekitDoor): Partial<ServiceImpl<typeof UserService>> => ({});
