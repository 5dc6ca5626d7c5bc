import type { ServiceImpl } from '@connectrpc/connect';
import type { ApiTokenService } from './descriptors.ts';
import type { ScalekitDoor } from './door.ts';

export const tokens = (_door: ScalekitDoor): Partial<ServiceImpl<typeof ApiTokenService>> => ({});
