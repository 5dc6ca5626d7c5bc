/** What requests say of a person, in the words of the product. */
import { normalAddress } from '../../../domain/address.ts';
import type { NewPerson } from '../../../domain/users/new-person.ts';
import type { CreateUser, UpdateUser } from '../descriptors.ts';
import { invalid } from '../errors.ts';
import { fullName } from '../member-view.ts';

/** Refuses INVALID_ARGUMENT for what is no address or number, and for what is not kept here. */
export function newPersonOf(user: CreateUser): NewPerson {
  const { userProfile: profile, metadata } = user;
  const address = addressOf(user.email, 'user.email');
  const externalId = externalIdOf(user.externalId) || undefined;
  if (!profile) return { address, externalId, customData: metadata, leavesWithLastMembership: true };
  mustBeKept(profile);
  const givenName = profile.givenName || profile.firstName;
  const familyName = profile.familyName || profile.lastName;
  return {
    address,
    externalId,
    name: profile.name || fullName(givenName, familyName),
    avatar: profile.picture ?? '',
    phone: phoneOf(profile.phoneNumber),
    profile: said({
      givenName,
      familyName,
      locale: profile.locale,
      preferredUsername: profile.preferredUsername,
      gender: profile.gender ?? '',
    }),
    customData: metadata,
    leavesWithLastMembership: true,
  };
}

/** What is absent stays as it is; empty text clears. No metadata is no change of it. */
export function personChangeOf({ externalId, userProfile: profile, metadata }: UpdateUser) {
  if (profile) mustBeKept(profile);
  const phone = profile?.phoneNumber;
  return {
    externalId: externalIdOf(externalId),
    texts: Object.keys(metadata).length > 0 ? metadata : undefined,
    givenName: profile?.givenName ?? profile?.firstName,
    familyName: profile?.familyName ?? profile?.lastName,
    name: profile?.name,
    locale: profile?.locale,
    preferredUsername: profile?.preferredUsername,
    gender: profile?.gender,
    avatar: profile?.picture,
    phone: phone === undefined ? undefined : (phoneOf(phone) ?? ''),
  };
}

export const addressOf = (text: string, field: string): string => {
  const address = normalAddress(text);
  if (!address) throw invalid(field, 'is not an e-mail address');
  return address;
};

function externalIdOf(externalId: string | undefined): string | undefined {
  if (externalId !== undefined && externalId.length > 255)
    throw invalid('user.external_id', 'is longer than 255 characters');
  return externalId;
}

/** Digits, as phone numbers are kept. */
function phoneOf(text: string): string | undefined {
  if (text === '') return undefined;
  const digits = text.replace(/^\+|[ ().-]/g, '');
  if (!/^\d{3,32}$/.test(digits))
    throw invalid('user.user_profile.phone_number', 'is not a telephone number');
  return digits;
}

function mustBeKept(profile: {
  metadata: object;
  customAttributes: object;
  groups: readonly string[];
}): void {
  for (const [field, value] of [
    ['metadata', Object.keys(profile.metadata)],
    ['custom_attributes', Object.keys(profile.customAttributes)],
    ['groups', profile.groups],
  ] as const) {
    if (value.length > 0)
      throw invalid(`user.user_profile.${field}`, 'is not kept here; use the metadata of the user');
  }
}

const said = (fields: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
