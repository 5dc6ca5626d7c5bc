/** Publishes a new signing key that signs from a while later on; see docs/operating.md for the same over HTTP. */
import { openApp } from '../app.ts';
import { openSurroundings } from './open.ts';

export async function rotateKeys(): Promise<void> {
  const { config, keys, database, embedded, secrets } = await openSurroundings();
  try {
    const app = await openApp({ config, keys, database, secrets, sender: null });
    try {
      console.log(`Published the signing key ${await app.oidc.rotateKeys()}; it signs in three hours.`);
    } finally {
      await app.close();
    }
  } finally {
    await embedded?.stop();
  }
}
