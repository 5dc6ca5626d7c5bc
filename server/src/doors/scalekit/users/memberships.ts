/**
 * What a membership gives and says, while it is pending as much as afterwards. Roles and metadata that are sent replace
 * all there were; what is empty is not sent. Removing the last membership of somebody who came in through this door
 * removes the person.
 */
import type { ServiceImpl } from '@connectrpc/connect';
import type { TxAct } from '../../../act.ts';
import { changeOffer } from '../../../domain/invitations/change-offer.ts';
import { changeMembership } from '../../../domain/members/change.ts';
import { assignRoles, people, removeRole, setRoles } from '../../../domain/members/holders.ts';
import { part } from '../../../domain/members/part.ts';
import { lockTie } from '../../../domain/members/tie.ts';
import { refuse } from '../../../domain/refusal.ts';
import { effectiveScopes, loadTemplate, namedRoles, type Template } from '../../../domain/roles/template.ts';
import { type Call, callOf } from '../calls.ts';
import type { UserService } from '../descriptors.ts';
import type { ScalekitDoor } from '../door.ts';
import { unsupported } from '../errors.ts';
import { numbered } from '../ids.ts';
import { roleIdsOf } from './role-names.ts';
import { standingIn, wholeUser, whom } from './whole-user.ts';

type Methods = Pick<
  ServiceImpl<typeof UserService>,
  | 'updateMembership'
  | 'deleteMembership'
  | 'listUserRoles'
  | 'assignUserRoles'
  | 'removeUserRole'
  | 'listUserPermissions'
>;

type Offer = { readonly id: string; readonly roleIds: readonly string[] };

export function memberships(door: ScalekitDoor): Methods {
  const { db, tenantId, ids } = door;

  /** One for the offer of an open invitation, one for a membership. Refuses: member.not_found. */
  const either = (
    call: Call,
    organizationId: string,
    userId: string,
    {
      invited,
      member,
    }: { invited(tx: TxAct, offer: Offer): Promise<void>; member(tx: TxAct): Promise<void> },
  ): Promise<void> =>
    call.atomically(async (tx) => {
      const tie = await lockTie(tx, organizationId, userId);
      return tie.is === 'member' ? member(tx) : invited(tx, tie);
    });

  /** What the person has there, or is offered. Refuses: member.not_found. */
  async function rolesOf(organizationId: string, userId: string) {
    const belonging = await standingIn(db, door, organizationId, userId);
    if (!belonging) return refuse('member.not_found', { organizationId, id: userId });
    return { belonging, template: await loadTemplate(db, tenantId) };
  }

  return {
    async updateMembership({ organizationId: name, identities, membership }, context) {
      const call = callOf(context);
      const organizationId = await ids.organization(name);
      const userId = await whom(door, identities);
      const { roles = [], metadata = {} } = membership ?? {};
      const said = Object.keys(metadata).length > 0 ? metadata : undefined;
      const roleIds = roles.length > 0 ? await roleIdsOf(db, tenantId, organizationId, roles) : undefined;
      await either(call, organizationId, userId, {
        invited: (tx, { id }) => changeOffer(tx, id, { roleIds, metadata: said }),
        async member(tx) {
          if (roleIds) await setRoles(tx, people, organizationId, userId, roleIds);
          if (said) await changeMembership(tx, organizationId, userId, { metadata: said });
        },
      });
      return { user: await wholeUser(door, userId) };
    },

    async deleteMembership({ organizationId: name, identities, cascade }, context) {
      const call = callOf(context);
      if (cascade)
        throw unsupported('cascade is not served here: who has no membership left is removed anyway.');
      const organizationId = await ids.organization(name);
      const userId = await whom(door, identities);
      await call.act((a) => part(a, organizationId, userId));
      return {};
    },

    async listUserRoles({ organizationId: name, userId: user }) {
      const { belonging, template } = await rolesOf(await ids.organization(name), await ids.user(user));
      return { roles: shown(template, belonging.roleIds) };
    },

    async assignUserRoles({ organizationId: name, userId: user, roles }, context) {
      const call = callOf(context);
      const organizationId = await ids.organization(name);
      const userId = await ids.user(user);
      const roleIds = await roleIdsOf(db, tenantId, organizationId, roles);
      await either(call, organizationId, userId, {
        invited: (tx, offer) => changeOffer(tx, offer.id, { roleIds: [...offer.roleIds, ...roleIds] }),
        member: (tx) => assignRoles(tx, people, organizationId, [userId], roleIds),
      });
      const { belonging, template } = await rolesOf(organizationId, userId);
      return { roles: shown(template, belonging.roleIds) };
    },

    async removeUserRole({ organizationId: name, userId: user, roleName }, context) {
      const call = callOf(context);
      const organizationId = await ids.organization(name);
      const userId = await ids.user(user);
      const [roleId] = await roleIdsOf(db, tenantId, organizationId, [{ id: '', name: roleName }]);
      await either(call, organizationId, userId, {
        invited: (tx, { id, roleIds }) =>
          roleIds.includes(roleId!)
            ? changeOffer(tx, id, { roleIds: roleIds.filter((each) => each !== roleId) })
            : refuse('relation.not_found', { roleId }),
        member: (tx) => removeRole(tx, people, organizationId, userId, roleId!),
      });
      return {};
    },

    /** Nothing is held while the membership is pending, or out of force. */
    async listUserPermissions({ organizationId: name, userId: user }) {
      const { belonging, template } = await rolesOf(await ids.organization(name), await ids.user(user));
      const held = belonging.standing === 'member' ? effectiveScopes(template, belonging.roleIds) : [];
      return {
        permissions: held.map(({ id, name, description }) => ({
          id: numbered('perm_', id),
          name,
          description: description ?? '',
        })),
      };
    },
  };
}

const shown = (template: Template, roleIds: readonly string[]) =>
  namedRoles(template, roleIds).map(({ id, name }) => ({ id: numbered('role_', id), name }));
