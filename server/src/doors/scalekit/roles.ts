import type { ServiceImpl } from '@connectrpc/connect';
import type { RolesService } from './descriptors.ts';
import type { ScalekitDoor } from './door.ts';

export const roles = (_door: ScalekitDoor): Partial<ServiceImpl<typeof RolesService>> => ({});
