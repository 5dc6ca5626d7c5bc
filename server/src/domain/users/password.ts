/**
 * Passwords are kept as argon2id digests (RFC 9106, second recommended setting). Digests brought by an import are
 * checked by their own algorithm, and one of another than argon2id is replaced at the first sign-in that proves it.
 * A check takes the time of argon2id whatever there is to check, so that it tells nobody what there is; a costly digest
 * of bcrypt may take longer, until it is replaced.
 */
import { hash as hexDigest, timingSafeEqual } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { isBcryptDigest } from './bcrypt.ts';

export async function digestPassword(
  password: string,
): Promise<{ passwordDigest: string; passwordAlgorithm: 'Argon2id' }> {
  const passwordDigest = await hash(password, { memoryCost: 65_536, timeCost: 3, parallelism: 4 });
  return { passwordDigest, passwordAlgorithm: 'Argon2id' };
}

export type KnownPassword = { readonly digest: string | null; readonly algorithm: string | null };

/** Of a password that nobody knows: what is checked where there is no password. */
const nobodys =
  '$argon2id$v=19$m=65536,t=3,p=4$C3CJeFtVb3qCtwwfT1SetA$g4onsspKLBS2CzPU/x1LgDaXneLHB98nSVNm9OSxngs';

const quick: Record<string, string> = { MD5: 'md5', SHA1: 'sha1', SHA256: 'sha256' };

/** True when this is the password. A digest of an algorithm that cannot be checked here is nobody's. */
export async function isPassword(password: string, { digest, algorithm }: KnownPassword): Promise<boolean> {
  const isSlow = algorithm?.startsWith('Argon2') ?? false;
  const [slow, fast] = [isSlow && digest ? digest : nobodys, quick[algorithm ?? '']];
  const [isRight, isBcrypt] = await Promise.all([
    verify(slow, password).catch(() => false),
    algorithm === 'Bcrypt' && digest !== null && isBcryptDigest(password, digest),
  ]);
  if (slow === digest) return isRight;
  if (algorithm === 'Bcrypt') return isBcrypt;
  return fast !== undefined && digest !== null && isQuickDigest(fast, password, digest);
}

/** Whether a proven password should be kept in a better digest than it is. */
export const deservesBetter = ({ algorithm }: KnownPassword): boolean => algorithm !== 'Argon2id';

function isQuickDigest(algorithm: string, password: string, digest: string): boolean {
  const expected = Buffer.from(digest.toLowerCase());
  const actual = Buffer.from(hexDigest(algorithm, password, 'hex'));
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}
