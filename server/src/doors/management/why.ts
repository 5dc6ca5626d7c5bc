import { Type } from 'typebox';
import { getOrganization } from '../../domain/organizations/organizations.ts';
import { ById } from './organizations.ts';
import { rehearsable } from './rehearse.ts';
import { routesOf } from './route.ts';
import { Json } from './schema.ts';

const route = routesOf('Why');

export const whyRoutes = [
  route({
    method: 'POST',
    path: '/organizations/:id/why',
    access: { permission: 'membership', organization: 'path' },
    summary: 'Whether I could do this, and if not, what would make it so (Usher)',
    description:
      'Nothing is done and no mail goes out; the verdict is that of the attempt itself. `input` is what the route of the act takes in its path and body, an invitation being named by `invitationId`.',
    params: ById,
    body: Type.Object({ act: Type.String({ enum: rehearsable }), input: Type.Optional(Json) }),
    isOutside: true,
    success: [
      200,
      Type.Object({
        allowed: Type.Boolean(),
        rule: Type.Optional(Type.Integer({ description: 'Which rule of docs/access.md stands against it' })),
        code: Type.Optional(Type.String({ description: 'What the attempt would answer' })),
        message: Type.Optional(Type.String()),
        remedy: Type.Optional(Type.String({ description: 'What would make it possible' })),
      }),
    ],
    async handle({ db, tenantId, rehearse, params, body }) {
      await getOrganization(db, tenantId, params.id);
      return rehearse({ organizationId: params.id, act: body.act, input: body.input ?? {} });
    },
  }),
];
