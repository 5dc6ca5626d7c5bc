import type { ServiceImpl } from '@connectrpc/connect';
import type { DomainService } from './descriptors.ts';
import type { ScalekitDoor } from './door.ts';

export const domains = (_door: ScalekitDoor): Partial<ServiceImpl<typeof DomainService>> => ({});
