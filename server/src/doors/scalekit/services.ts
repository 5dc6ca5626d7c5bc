/** The services of this door, each with what it does. A method that is missing answers that it is not implemented. */
import type { DescService } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import { clients } from './clients.ts';
import {
  ApiTokenService,
  AuditLogsService,
  ClientService,
  ConnectionService,
  DirectoryService,
  DomainService,
  EventsService,
  OrganizationService,
  PasswordlessService,
  RolesService,
  SessionService,
  UserService,
} from './descriptors.ts';
import { domains } from './domains.ts';
import type { ScalekitDoor } from './door.ts';
import { events } from './events.ts';
import { organizations } from './organizations.ts';
import { passwordless } from './passwordless.ts';
import { roles } from './roles.ts';
import { sessions } from './sessions.ts';
import { tokens } from './tokens.ts';
import { connections, directories } from './unserved.ts';
import { users } from './users.ts';

export type Service = {
  readonly descriptor: DescService;
  readonly methods: Partial<ServiceImpl<DescService>>;
};

const service = <S extends DescService>(descriptor: S, methods: Partial<ServiceImpl<S>>): Service => ({
  descriptor,
  methods: methods as Service['methods'],
});

export const servicesOf = (door: ScalekitDoor): readonly Service[] => [
  service(UserService, users(door)),
  service(OrganizationService, organizations(door)),
  service(RolesService, roles(door)),
  service(DomainService, domains(door)),
  service(ClientService, clients(door)),
  service(ApiTokenService, tokens(door)),
  service(SessionService, sessions(door)),
  service(PasswordlessService, passwordless(door)),
  service(EventsService, events(door)),
  service(ConnectionService, connections(door)),
  service(DirectoryService, directories(door)),
  service(AuditLogsService, {}),
];
