import type { ServiceImpl } from '@connectrpc/connect';
import type { PasswordlessService } from './descriptors.ts';
import type { ScalekitDoor } from './door.ts';

export const passwordless = (_door: ScalekitDoor): Partial<ServiceImpl<typeof PasswordlessService>> => ({});
