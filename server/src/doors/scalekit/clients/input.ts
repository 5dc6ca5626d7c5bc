/** What is said of a client. What is empty was not sent: it is left as it is. The descriptors bound names only. */
import type { ClientInput } from '../../../domain/clients/organization-clients.ts';
import { invalid } from '../errors.ts';

type Given = {
  readonly name: string;
  readonly description: string;
  readonly scopes: readonly string[];
  readonly audience: readonly string[];
  readonly customClaims: readonly { readonly key: string; readonly value: string }[];
  /** Of its tokens, in seconds. */
  readonly expiry: bigint;
};

const most = { scopes: 100, audience: 20, claims: 20 };
const life = { least: 60n, most: 2_592_000n };
/** What OAuth lets a scope be made of. */
const scopeForm = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;

export function inputOf(given: Given): Partial<ClientInput> {
  const { name, description, expiry } = given;
  const scopes = scopesOf(given);
  const audience = audienceOf(given);
  const customClaims = claimsOf(given);
  if (expiry !== 0n && (expiry < life.least || expiry > life.most))
    throw invalid('client.expiry', `is between ${life.least} and ${life.most} seconds`);
  return {
    ...(name === '' ? {} : { name }),
    ...(description === '' ? {} : { description }),
    ...(scopes.length === 0 ? {} : { scopes }),
    ...(audience.length === 0 ? {} : { audience }),
    ...(customClaims.length === 0 ? {} : { customClaims }),
    ...(expiry === 0n ? {} : { tokenLifeS: Number(expiry) }),
  };
}

function scopesOf({ scopes }: Given): string[] {
  if (scopes.length > most.scopes || !scopes.every((scope) => scopeForm.test(scope)))
    throw invalid('client.scopes', `are ${most.scopes} at most, of up to 128 characters without white space`);
  return [...new Set(scopes)];
}

function audienceOf({ audience }: Given): string[] {
  if (audience.length > most.audience || !audience.every((text) => text !== '' && text.length <= 512))
    throw invalid('client.audience', `are ${most.audience} at most, of 1 to 512 characters`);
  return [...new Set(audience)];
}

function claimsOf({ customClaims }: Given): { key: string; value: string }[] {
  const keys = new Set(customClaims.map(({ key }) => key));
  if (
    customClaims.length > most.claims ||
    keys.size < customClaims.length ||
    !customClaims.every(({ value }) => value.length <= 1024)
  )
    throw invalid(
      'client.custom_claims',
      `are ${most.claims} at most, each key once, of values of up to 1024 characters`,
    );
  return customClaims.map(({ key, value }) => ({ key, value }));
}
