import type { Environment } from '../../src/platform/config/load-settings';
import { signUpAdmin, type SignedIn } from './factories/users';
import { startTestApp, type TestApp } from './test-app';

/** A running application together with its first account. */
export interface AppWithAdmin extends TestApp {
  readonly admin: SignedIn;
}

/** Starts an application as `startTestApp` does and signs its first administrator up. */
export async function startAppWithAdmin(
  ...options: Parameters<typeof startTestApp>
): Promise<AppWithAdmin> {
  const app = await startTestApp(...options);
  try {
    return { ...app, admin: await signUpAdmin(app) };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/**
 * Starts an application of its own before the tests of the surrounding `describe` and closes it
 * after them. The members of the result can be read from the first `beforeAll` after this call on.
 */
export function useApp(overrides: Environment = {}): AppWithAdmin {
  const running = {} as AppWithAdmin;
  let started: AppWithAdmin | undefined;
  beforeAll(async () => {
    started = await startAppWithAdmin(overrides);
    Object.assign(running, started);
  });
  afterAll(() => started?.close());
  return running;
}
