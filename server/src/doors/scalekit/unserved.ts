/** What Usher has none of: there are no connections and no directories, and a list of none is empty. */
import type { ServiceImpl } from '@connectrpc/connect';
import type { ConnectionService, DirectoryService } from './descriptors.ts';
import type { ScalekitDoor } from './door.ts';

export const connections = (_door: ScalekitDoor): Partial<ServiceImpl<typeof ConnectionService>> => ({
  listConnections: () => ({}),
});

export const directories = (_door: ScalekitDoor): Partial<ServiceImpl<typeof DirectoryService>> => ({
  listDirectories: () => ({}),
});
