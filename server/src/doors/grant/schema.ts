/** Small words for the schemas of this door. */
import { Type } from 'typebox';
import { normalAddress } from '../../domain/address.ts';
import { invalidField } from './errors.ts';

export const Id = Type.String({ minLength: 1, maxLength: 128 });
export const Email = Type.String({ minLength: 3, maxLength: 512 });
/** One line, without what reorders or hides the text around it (rule 16). */
export const Name = Type.String({
  maxLength: 128,
  pattern: '^(?=.*[^\\s])[^\\p{C}\\p{Zl}\\p{Zp}]+$',
});
export const Password = Type.String({ minLength: 1, maxLength: 1024 });
const Scope = Type.Object({ id: Id, tenant: Type.String({ enum: ['organization', 'account'] }) });
export const Scoped = { scope: Type.Optional(Scope) };

const Whole = (least: number, most: number) => Type.Integer({ minimum: least, maximum: most });
export const ListQuery = {
  scopeId: Type.Optional(Id),
  tenant: Type.Optional(Type.String()),
  organizationId: Type.Optional(Id),
  search: Type.Optional(Type.String({ minLength: 2, maxLength: 256 })),
  sortOrder: Type.Optional(Type.String({ enum: ['asc', 'desc', 'ASC', 'DESC'] })),
  page: Type.Optional(Whole(1, 1_000_000)),
  limit: Type.Optional(Whole(1, 100)),
};

export type ListAsk = {
  readonly organizationId?: string | undefined;
  readonly search?: string | undefined;
  readonly sortField?: string | undefined;
  readonly sortOrder?: string | undefined;
  readonly page?: number | undefined;
  readonly limit?: number | undefined;
};

/** Page 1 of 50 items, unless something else is asked for. */
export const pageOf = ({ page = 1, limit = 50 }: ListAsk) => ({ number: page, size: limit });

/** In normal form. Refuses what is no address. */
export const addressIn = (text: string, field: string): string => {
  const address = normalAddress(text);
  if (!address) throw invalidField(field, 'Not an e-mail address');
  return address;
};
