import type { ServiceImpl } from '@connectrpc/connect';
import type { ClientService } from './descriptors.ts';
import type { ScalekitDoor } from './door.ts';

export const clients = (_door: ScalekitDoor): Partial<ServiceImpl<typeof ClientService>> => ({});
