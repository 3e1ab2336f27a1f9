import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from './app.setup';
import { loadSettings, type Environment } from './platform/config/load-settings';
import { SettingsError, type Settings } from './platform/config/settings';
import { migrate } from './platform/database/migrate';

export interface RunningServer {
  readonly app: NestFastifyApplication;
  readonly settings: Settings;
  /** Where it answers, e.g. `http://127.0.0.1:3000`. */
  readonly url: string;
}

/** Runs the pending migrations and starts the server. The caller ends it with `app.close()`. */
export async function startServer(settings: Settings): Promise<RunningServer> {
  if (settings.databaseUrl) await migrate(settings.databaseUrl);
  const app = await createApp(settings);
  await app.listen(settings.port, settings.host);
  const scheme = settings.tlsCert ? 'https' : 'http';
  const address = app.getHttpServer().address() as { port: number };
  const host = settings.host === '0.0.0.0' || settings.host === '::' ? 'localhost' : settings.host;
  return { app, settings, url: `${scheme}://${host}:${address.port}` };
}

/**
 * Starts one process of the product: settings, pending migrations, then the server. Wrong settings
 * end the process with status 2 and all problems listed. SIGTERM and SIGINT shut it down in order.
 */
export async function bootstrap(environment?: Environment): Promise<RunningServer> {
  const server = await startServer(settingsOrExit(environment));
  server.app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
  return server;
}

function settingsOrExit(environment?: Environment): Settings {
  try {
    return loadSettings(environment);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(
      `${error.message}\nThe README lists every setting. / 所有设置见 README。\n`,
    );
    process.exit(2);
  }
}
