/** Passwords are kept as argon2id digests only (RFC 9106, second recommended setting). */
import { hash } from '@node-rs/argon2';

export async function digestPassword(
  password: string,
): Promise<{ passwordDigest: string; passwordAlgorithm: 'Argon2id' }> {
  const passwordDigest = await hash(password, { memoryCost: 65_536, timeCost: 3, parallelism: 4 });
  return { passwordDigest, passwordAlgorithm: 'Argon2id' };
}
