import type { ServiceImpl } from '@connectrpc/connect';
import type { SessionService } from './descriptors.ts';
import type { ScalekitDoor } from './door.ts';

export const sessions = (_door: ScalekitDoor): Partial<ServiceImpl<typeof SessionService>> => ({});
