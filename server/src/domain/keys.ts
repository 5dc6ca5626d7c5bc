/**
 * The server's secret keys and what is derived from them. The first key is current: it signs and seals; the others
 * still verify and open, so that a key can be replaced without breaking what it protects. Each purpose has a key of
 * its own (HKDF), so that nothing made for one purpose is worth anything for another.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

export type SecretKey = { readonly id: string; readonly value: Buffer };
type Purpose =
  | 'invitation-link'
  | 'join-link'
  | 'application-secret'
  | 'seal'
  | 'cookie'
  | 'refresh-token'
  | 'sign-in-code'
  | 'sign-in-link'
  | 'domain-claim'
  | 'form';

export type Keys = {
  /** The id of the current key. */
  readonly current: string;
  /** HMAC-SHA-256 under the named key (the current one when absent); undefined when there is no such key. */
  mac(purpose: Purpose, text: string, keyId?: string): Buffer | undefined;
  /** True when the MAC is the one of this text under the named key; takes the same time either way. */
  verifies(purpose: Purpose, text: string, keyId: string, mac: Buffer): boolean;
  /** AES-256-GCM under the current key, bound to a context (a row's id) so that sealed values cannot be swapped. */
  seal(text: string, context: string): Buffer;
  /** The text again. Throws when it was changed, moved, or sealed under a key that is no longer known. */
  open(sealed: Buffer, context: string): string;
};

export function openKeys(all: readonly SecretKey[]): Keys {
  const current = all[0];
  if (!current) throw new Error('At least one secret key is needed');
  const derived = new Map<string, Buffer>();

  function keyFor(purpose: Purpose, id: string): Buffer | undefined {
    const name = `${purpose}:${id}`;
    let key = derived.get(name);
    if (!key) {
      const secret = all.find((candidate) => candidate.id === id);
      if (!secret) return undefined;
      key = Buffer.from(hkdfSync('sha256', secret.value, '', `usher ${purpose}`, 32));
      derived.set(name, key);
    }
    return key;
  }

  const mac: Keys['mac'] = (purpose, text, keyId = current.id) => {
    const key = keyFor(purpose, keyId);
    return key && createHmac('sha256', key).update(text).digest();
  };

  return {
    current: current.id,
    mac,
    verifies(purpose, text, keyId, given) {
      const expected = mac(purpose, text, keyId);
      return expected !== undefined && expected.length === given.length && timingSafeEqual(expected, given);
    },
    seal(text, context) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', keyFor('seal', current.id)!, iv).setAAD(
        Buffer.from(context),
      );
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      const id = Buffer.from(current.id);
      return Buffer.concat([Buffer.from([id.length]), id, iv, cipher.getAuthTag(), sealed]);
    },
    open(sealed, context) {
      const start = 1 + (sealed[0] ?? 0);
      const id = sealed.subarray(1, start).toString();
      const key = keyFor('seal', id);
      if (!key) throw new Error(`Sealed under the secret key "${id}", which is not configured any more`);
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(start, start + 12))
        .setAAD(Buffer.from(context))
        .setAuthTag(sealed.subarray(start + 12, start + 28));
      return decipher.update(sealed.subarray(start + 28), undefined, 'utf8') + decipher.final('utf8');
    },
  };
}
