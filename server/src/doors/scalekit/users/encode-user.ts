/**
 * People written as bytes at once, for lists: making messages of a hundred people with their memberships and encoding
 * those is most of what a list costs. What is written is what `messageOf` would become; a test holds the two together.
 */
import type { MembershipView, UserView } from '../member-view.ts';

/** Of the message of a list: the field of its people, and their bytes as one piece that follows its tag. */
type EncodedPeople = { readonly no: number; readonly wireType: 2; readonly data: Uint8Array };

/** What an answer takes as fields of its own accord. */
export function encodedPeople(no: number, people: readonly UserView[]): EncodedPeople[] {
  if (people.length === 0) return [];
  const out = new Writer();
  for (const person of people) {
    const start = out.open(no);
    writeUser(out, person);
    out.close(start);
  }
  // The tag of the first is written by whoever encodes the list.
  return [{ no, wireType: 2, data: out.bytes().subarray(1) }];
}

function writeUser(out: Writer, user: UserView): void {
  out.text(1, user.id);
  out.text(2, user.environmentId);
  out.time(3, user.createTime);
  out.time(4, user.updateTime);
  out.text(5, user.email);
  if (user.externalId !== undefined) out.given(6, user.externalId);
  for (const membership of user.memberships) {
    const start = out.open(7);
    writeMembership(out, membership);
    out.close(start);
  }
  const start = out.open(8);
  writeProfile(out, user.userProfile);
  out.close(start);
  out.texts(9, user.metadata);
  out.time(10, user.lastLoginTime);
}

function writeMembership(out: Writer, membership: MembershipView): void {
  out.text(1, membership.organizationId);
  out.time(2, membership.joinTime);
  out.number(3, membership.membershipStatus);
  for (const role of membership.roles) {
    const start = out.open(4);
    out.text(1, role.id);
    out.text(2, role.name);
    out.text(3, role.displayName);
    out.close(start);
  }
  out.given(5, membership.name);
  out.texts(7, membership.metadata);
  out.given(9, membership.name);
  if (membership.inviterEmail !== undefined) out.given(10, membership.inviterEmail);
  out.time(11, membership.createdAt);
  out.time(12, membership.acceptedAt);
  out.time(13, membership.expiresAt);
  if (membership.provisioningMethod !== undefined) out.given(14, membership.provisioningMethod);
  for (const permission of membership.permissions) out.given(15, permission);
}

function writeProfile(out: Writer, profile: UserView['userProfile']): void {
  out.text(1, profile.id);
  out.text(2, profile.givenName);
  out.text(3, profile.familyName);
  out.text(4, profile.name);
  out.text(5, profile.locale);
  out.number(6, profile.emailVerified ? 1 : 0);
  out.text(7, profile.phoneNumber);
  out.text(12, profile.preferredUsername);
  out.text(14, profile.picture);
  out.text(16, profile.gender);
  out.text(21, profile.givenName);
  out.text(22, profile.familyName);
}

/** Protocol buffers in the order of calls. A length is put before what it measures once that is written. */
class Writer {
  #bytes: Buffer = Buffer.allocUnsafe(32 * 1024);
  #end = 0;

  /** Left out when it is empty, as text without presence is. */
  text(no: number, value: string): void {
    if (value !== '') this.given(no, value);
  }

  given(no: number, value: string): void {
    this.#room(value.length * 3 + 16);
    this.#varint((no << 3) | 2);
    const length = value.length < 42 ? undefined : Buffer.byteLength(value);
    if (length !== undefined) this.#varint(length);
    const start = length === undefined ? this.#end + 1 : this.#end;
    const written = this.#bytes.write(value, start, 'utf8');
    if (length === undefined) this.#bytes[this.#end] = written;
    this.#end = start + written;
  }

  number(no: number, value: number): void {
    if (value === 0) return;
    this.#room(16);
    this.#varint(no << 3);
    this.#varint(value);
  }

  /** A point in time, in milliseconds since the epoch. */
  time(no: number, ms: number | null): void {
    if (ms === null) return;
    const seconds = Math.floor(ms / 1000);
    const start = this.open(no);
    this.number(1, seconds);
    this.number(2, (ms - seconds * 1000) * 1_000_000);
    this.close(start);
  }

  texts(no: number, values: Readonly<Record<string, string>>): void {
    for (const key of Object.keys(values)) {
      const start = this.open(no);
      this.given(1, key);
      this.given(2, values[key]!);
      this.close(start);
    }
  }

  /** Begins a message; returns what closes it. */
  open(no: number): number {
    this.#room(16);
    this.#varint((no << 3) | 2);
    this.#end++;
    return this.#end;
  }

  close(start: number): void {
    const length = this.#end - start;
    if (length >= 128) {
      const more = length < 16_384 ? 1 : length < 2_097_152 ? 2 : 3;
      this.#room(more);
      this.#bytes.copyWithin(start + more, start, this.#end);
    }
    this.#end = start - 1;
    this.#varint(length);
    this.#end += length;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  /** Not negative, and safe as a number. */
  #varint(value: number): void {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#bytes[this.#end++] = (rest % 128) | 128;
    this.#bytes[this.#end++] = rest;
  }

  #room(size: number): void {
    if (this.#end + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#end + size));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}
