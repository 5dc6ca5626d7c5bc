/**
 * Proving an address by mail, for an application that asks. It hears that the address was proved; whom it signs in then
 * is its own matter.
 */
import type { ServiceImpl } from '@connectrpc/connect';
import { findPlaces, isPlaceOf } from '../../domain/applications/places.ts';
import {
  type ApplicationProof,
  askAgainForApplication,
  askForApplication,
  type Carried,
  redeemApplicationCode,
  redeemApplicationLink,
} from '../../domain/proofs/for-application.ts';
import { callOf } from './calls.ts';
import { type PasswordlessService, PasswordlessType, TemplateType } from './descriptors.ts';
import type { ScalekitDoor } from './door.ts';
import { invalid } from './errors.ts';
import { idOf, numbered } from './ids.ts';
import { mustFillTemplate } from './passwordless/template.ts';
import { addressOf } from './users/person-fields.ts';

const life = { least: 60, otherwise: 300, most: 3600 };
const types = {
  code: PasswordlessType.OTP,
  link: PasswordlessType.LINK,
  both: PasswordlessType.LINK_OTP,
} as const satisfies Record<Carried, PasswordlessType>;

export const passwordless = (door: ScalekitDoor): Partial<ServiceImpl<typeof PasswordlessService>> => ({
  async sendPasswordlessEmail(request, context) {
    const { applicationId, act } = callOf(context);
    const {
      email,
      template,
      magiclinkAuthUri,
      state = null,
      expiresIn,
      templateVariables: variables,
    } = request;
    const ask = {
      applicationId,
      address: addressOf(email, 'email'),
      usageType: template === TemplateType.SIGNUP ? ('Register' as const) : ('SignIn' as const),
      ...(await wayOf(door, magiclinkAuthUri)),
      lifeMs: secondsOf(expiresIn) * 1000,
      state,
      variables,
    };
    await mustFillTemplate(door, ask);
    return sent(await act((a) => askForApplication(a, ask, door.mail)));
  },

  async resendPasswordlessEmail({ authRequestId }, context) {
    const { applicationId, act } = callOf(context);
    const id = requestId(authRequestId);
    return sent(await act((a) => askAgainForApplication(a, { applicationId, id }, door.mail)));
  },

  async verifyPasswordlessEmail({ authCredential: { case: kind, value }, authRequestId = '' }, context) {
    const { applicationId, act } = callOf(context);
    if (kind === undefined) throw invalid('auth_credential', 'is a code or a link_token');
    if (kind === 'code' && authRequestId === '') throw invalid('auth_request_id', 'is required with a code');
    const id = authRequestId === '' ? undefined : requestId(authRequestId);
    const proof = await act((a) =>
      kind === 'code'
        ? redeemApplicationCode(a, { applicationId, id: id!, code: value })
        : redeemApplicationLink(a, { applicationId, token: value, id }),
    );
    const { state, usageType, carried } = proof.context;
    return {
      email: proof.address,
      ...(state === null ? {} : { state }),
      template: usageType === 'Register' ? TemplateType.SIGNUP : TemplateType.SIGNIN,
      passwordlessType: types[carried],
    };
  },
});

const sent = ({ id, expiresAt, context }: ApplicationProof) => ({
  authRequestId: numbered('par_', id),
  expiresAt: BigInt(Math.floor(expiresAt / 1000)),
  expiresIn: context.lifeMs / 1000,
  passwordlessType: types[context.carried],
});

function requestId(name: string): string {
  const id = idOf('par_', name);
  if (id === undefined) throw invalid('auth_request_id', 'is none of ours');
  return id;
}

/** A link leads to a page of an application that is registered there, and to no other. */
async function wayOf({ db, tenantId, passwordless: wanted }: ScalekitDoor, uri: string | undefined) {
  const field = 'magiclink_auth_uri';
  if (uri === undefined) {
    if (wanted === 'link') throw invalid(field, 'is required: the mail carries a link only');
    return { carried: 'code' as const, linkTo: null };
  }
  const isWeb = /^https?:$/.test(URL.parse(uri)?.protocol ?? '');
  const places = isWeb ? await findPlaces(db, tenantId, null) : [];
  if (!places.some((place) => isPlaceOf(place, uri)))
    throw invalid(field, 'is not at an origin that an application is registered at');
  return wanted === 'code' ? { carried: wanted, linkTo: null } : { carried: wanted, linkTo: uri };
}

function secondsOf(expiresIn: number | undefined): number {
  if (!expiresIn) return life.otherwise;
  if (expiresIn < life.least || expiresIn > life.most)
    throw invalid('expires_in', `is between ${life.least} and ${life.most} seconds`);
  return expiresIn;
}
