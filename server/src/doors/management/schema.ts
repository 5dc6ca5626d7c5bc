/** Small vocabulary for schemas. Type arrays instead of unions with null: the serializer writes those directly. */
import { type TProperties, Type } from 'typebox';

/** Largest time that PostgreSQL, JavaScript and people agree on: the year 9999. */
const latest = 253_402_300_799_999;

export const Text = (least: number, most: number, description?: string) =>
  Type.String({ minLength: least, maxLength: most, ...(description ? { description } : {}) });
export const NullableText = (most?: number) =>
  Type.Unsafe<string | null>({
    type: ['string', 'null'],
    ...(most === undefined ? {} : { maxLength: most }),
  });
export const Id = Type.String({ minLength: 1, maxLength: 128 });
export const NullableId = Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength: 128 });
export const Ids = Type.Array(Id, { maxItems: 5000 });
export const SomeIds = Type.Array(Id, { minItems: 1, maxItems: 5000 });
export const Time = Type.Integer({
  minimum: 0,
  maximum: latest,
  description: 'Milliseconds since the epoch',
});
export const NullableTime = Type.Unsafe<number | null>({
  type: ['integer', 'null'],
  minimum: 0,
  maximum: latest,
});
export const Json = Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true });
/** An object inside a body: what is not named here is dropped, as it is from the body itself. */
export const Part = <T extends TProperties>(properties: T) =>
  Type.Object(properties, { additionalProperties: false });
export const Flag = Type.Optional(
  Type.String({ description: '1, true, y, yes, yep or yeah; anything else is false' }),
);
export const Query = Type.Optional(
  Type.String({ maxLength: 256, description: 'Case-insensitive part of the searched fields' }),
);
export const Named = Type.Object({ id: Type.String(), name: Type.String() });

export const Receipt = Type.Object(
  {
    organizationId: Type.String(),
    effectiveAt: Time,
    refreshTokensAffected: Type.Integer({
      description: 'They give no more for this organization than is held now, judged at each use',
    }),
    sessionsKept: Type.Integer({ description: 'Sign-ins are not of one organization: none of them ends' }),
    accessTokensBelievedUntil: Type.Integer({
      description: 'Until when somebody who checks only the signature may believe a token given out before',
    }),
  },
  { description: 'What it means here and elsewhere (Usher)' },
);

/** How query strings say yes. */
export const isYes = (flag: string | undefined): boolean =>
  flag !== undefined && /^(1|true|y|yes|yep|yeah)$/i.test(flag);
