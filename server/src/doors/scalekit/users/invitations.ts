/**
 * People come in: with an invitation by mail, their membership pending until they accept, or without, as members at once
 * on the caller's word. Where no roles are named it is the organization's default for members.
 */
import { create } from '@bufbuild/protobuf';
import { Code, type ServiceImpl } from '@connectrpc/connect';
import { findPlaces, initiateLoginOf } from '../../../domain/applications/places.ts';
import {
  inviteNewPerson,
  invitePerson,
  type PersonalInvitation,
} from '../../../domain/invitations/invite-person.ts';
import { findOpenInvitation, remind } from '../../../domain/invitations/remind.ts';
import { addNewPerson, addPerson } from '../../../domain/members/add-person.ts';
import { refuse } from '../../../domain/refusal.ts';
import { defaultRolesOf } from '../../../domain/roles/default-roles.ts';
import { templateOf } from '../../../domain/roles/template.ts';
import { type Call, callOf } from '../calls.ts';
import {
  type CreateMembership,
  CreateUserAndMembershipResponseSchema,
  InviteSchema,
  type UserService,
} from '../descriptors.ts';
import type { ScalekitDoor } from '../door.ts';
import { failed, invalid } from '../errors.ts';
import { viewing } from '../member-view.ts';
import { timestampOf } from '../times.ts';
import { encodedPeople } from './encode-user.ts';
import { addressOf, newPersonOf } from './person-fields.ts';
import { roleIdsOf } from './role-names.ts';
import { standingIn, wholeUser, whom } from './whole-user.ts';

const { number: answeredUser } = CreateUserAndMembershipResponseSchema.field.user;

type Methods = Pick<
  ServiceImpl<typeof UserService>,
  'createUserAndMembership' | 'createMembership' | 'resendInvite'
>;

export function invitations(door: ScalekitDoor): Methods {
  const { db, tenantId, ids } = door;
  const leadsTo = rememberingPlaces(door);

  async function wantedOf(call: Call, organizationId: string, membership: CreateMembership | undefined) {
    const { roles = [], metadata = {}, inviterEmail } = membership ?? {};
    const wanted: Omit<PersonalInvitation, 'mail'> = {
      organizationId,
      roleIds: roles.length > 0 ? await roleIdsOf(db, tenantId, organizationId, roles) : undefined,
      usualLifeMs: door.invitationLifeMs,
      metadata: Object.keys(metadata).length > 0 ? metadata : undefined,
      inviterAddress: inviterEmail ? addressOf(inviterEmail, 'membership.inviter_email') : undefined,
      applicationId: await leadsTo(call.applicationId),
    };
    return wanted;
  }

  return {
    async createUserAndMembership({ organizationId: name, user, sendInvitationEmail = true }, context) {
      const call = callOf(context);
      if (!user) throw invalid('user', 'is missing');
      const person = newPersonOf(user);
      const organizationId = await ids.organization(name);
      const wanted = await wantedOf(call, organizationId, user.membership);
      if (!sendInvitationEmail) {
        const userId = await call.act(async (a) =>
          addNewPerson(a, person, {
            ...wanted,
            roleIds: wanted.roleIds ?? (await defaultsOf(a, organizationId)),
          }),
        );
        return create(CreateUserAndMembershipResponseSchema, { user: await wholeUser(door, userId) });
      }
      const { userId, invited } = await call.act((a) =>
        inviteNewPerson(a, person, { ...wanted, mail: door.orderMail({}) }),
      );
      if (!invited)
        return create(CreateUserAndMembershipResponseSchema, { user: await wholeUser(door, userId) });
      const view = viewing(ids, tenantId, await templateOf(db, tenantId, invited.version));
      const answer = create(CreateUserAndMembershipResponseSchema);
      answer.$unknown = encodedPeople(answeredUser, [view(invited, [invited])]);
      return answer;
    },

    async createMembership(
      { organizationId: name, identities, membership, sendInvitationEmail = true },
      context,
    ) {
      const call = callOf(context);
      const organizationId = await ids.organization(name);
      const userId = await whom(door, identities);
      const wanted = await wantedOf(call, organizationId, membership);
      await call.act(async (a) => {
        if (sendInvitationEmail) return invitePerson(a, userId, { ...wanted, mail: door.orderMail({}) });
        const roleIds = wanted.roleIds ?? (await defaultsOf(a, organizationId));
        return addPerson(a, userId, { ...wanted, roleIds });
      });
      return { user: await wholeUser(door, userId) };
    },

    async resendInvite({ organizationId: name, id }, context) {
      const call = callOf(context);
      const organizationId = await ids.organization(name);
      const userId = await ids.user(id);
      const reminder = await call.act(async (a) => {
        const open = await findOpenInvitation(a, organizationId, userId);
        if (open) return remind(a, open.id, door.orderMail({}));
        if (await standingIn(a.db, door, organizationId, userId))
          throw failed(Code.FailedPrecondition, 'INVITATION_ENDED', 'The user is a member already.');
        return refuse('invitation.not_found', { userId });
      });
      const invite = create(InviteSchema, {
        organizationId: name,
        userId: id,
        inviterEmail: reminder.inviter ?? undefined,
        status: 'PENDING_INVITE',
        createdAt: timestampOf(reminder.createdAt),
        expiresAt: timestampOf(reminder.expiresAt),
        resentAt: timestampOf(reminder.resentAt),
        resentCount: reminder.resentCount,
      });
      return { invite };
    },
  };
}

async function defaultsOf(
  act: Parameters<typeof defaultRolesOf>[0],
  organizationId: string,
): Promise<string[]> {
  const { memberRoleId } = await defaultRolesOf(act, organizationId);
  return memberRoleId === undefined ? [] : [memberRoleId];
}

const rememberedForMs = 5_000;

/** The calling application where a sign-in can begin at it: accepting an invitation leads there. */
function rememberingPlaces({ db, tenantId, clock }: ScalekitDoor) {
  const known = new Map<string, { until: number; leadsTo: string | undefined }>();
  return async (applicationId: string): Promise<string | undefined> => {
    const found = known.get(applicationId);
    if (found && found.until > clock()) return found.leadsTo;
    const [place] = await findPlaces(db, tenantId, applicationId);
    const leadsTo = place && initiateLoginOf(place) ? applicationId : undefined;
    known.set(applicationId, { until: clock() + rememberedForMs, leadsTo });
    return leadsTo;
  };
}
