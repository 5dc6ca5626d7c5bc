/** Names of sessions: `ses_` and the 128 bits of the uid in decimal, reversible. */
const digits = 39;

export const sessionName = (uid: string): string =>
  `ses_${BigInt(`0x${Buffer.from(uid, 'base64url').toString('hex') || '0'}`)
    .toString()
    .padStart(digits, '0')}`;

/** The uid of the session with this name; undefined when nothing can have it. */
export function sessionUidOf(name: string): string | undefined {
  const number = name.slice('ses_'.length);
  if (!name.startsWith('ses_') || number.length !== digits || !/^\d+$/.test(number)) return undefined;
  const hex = BigInt(number).toString(16).padStart(32, '0');
  return hex.length === 32 ? Buffer.from(hex, 'hex').toString('base64url') : undefined;
}
