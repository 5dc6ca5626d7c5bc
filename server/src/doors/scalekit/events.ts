import type { ServiceImpl } from '@connectrpc/connect';
import type { EventsService } from './descriptors.ts';
import type { ScalekitDoor } from './door.ts';

export const events = (_door: ScalekitDoor): Partial<ServiceImpl<typeof EventsService>> => ({});
