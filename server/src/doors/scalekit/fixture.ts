/** For the tests of this door: an app of one's own, and the field's client, unmodified, that calls it over a socket. */
import { ScalekitClient } from '@scalekit-sdk/node';
import { afterAll, beforeAll } from 'vitest';
import { testCredentials } from '../../../test/fixtures.ts';
import { type TestApp, type TestAppOptions, testApp } from '../../../test/harness.ts';

export type Door = TestApp & { client: ScalekitClient };

/** An app of its own for this test file. */
export function openDoor(options?: TestAppOptions): Door {
  const door = {} as Door;
  beforeAll(async () => {
    Object.assign(door, await testApp(options));
    door.client = clientOf(door);
  });
  afterAll(() => door.close());
  return door;
}

export const clientOf = (
  { url }: Pick<TestApp, 'url'>,
  { clientId, clientSecret } = testCredentials,
): ScalekitClient => new ScalekitClient(url, clientId, clientSecret);

let count = 0;
export const unique = (what: string): string => `${what}${process.pid.toString(36)}${(count++).toString(36)}`;
export const newAddress = (): string => `${unique('someone')}@example.com`;
