import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { DataFolderInUseError } from '../../src/local-services/data-folder-in-use.error';
import { OperatorError } from '../../src/platform/errors/operator-error';
import { startRegistry } from '../../src/local-services/registry';
import { startLocalServices, type LocalServices } from '../../src/local-services/local-services';
import { engineAnswers, removeEngineLeftovers } from './services/engine-leftovers';
import { servicesOfThisRun, type TestServices } from './test-services';

const root = join(__dirname, '..', '..');

/**
 * Brings up what the integration, contract and e2e tests stand on, once for all of them, and tells
 * the workers by environment: `TEST_DATABASE_URL` (an account that may create databases),
 * `TEST_REDIS_URL`, and `TEST_REGISTRY` (`127.0.0.1:<port>`, a real registry). What the environment
 * names already is used as it is.
 */
export default async function globalSetup(): Promise<void> {
  servicesOfThisRun.current ??= startOnce();
  await servicesOfThisRun.current;
}

async function startOnce(): Promise<TestServices> {
  const started = performance.now();
  const engineWasRunning = await engineAnswers();
  const { services, dataDir, temporary } = await startInFreeFolder();
  try {
    process.env.TEST_DATABASE_URL = services.databaseUrl;
    process.env.TEST_REDIS_URL = services.redisUrl;
    if (!temporary && !namedDatabaseUrl) await dropLeftoverDatabases(services.databaseUrl);
    if (await engineAnswers()) {
      const removed = await removeEngineLeftovers(new Docker(), { all: !engineWasRunning });
      if (removed > 0) say(`removed ${removed} things that killed runs had left in the engine`);
    }
    const registry = process.env.TEST_REGISTRY ? null : await startRegistry(dataDir);
    if (registry) process.env.TEST_REGISTRY = registry.address;
    else if (!process.env.TEST_REGISTRY) say('docker-registry is not installed: run npm run setup');
    for (const note of services.notes) say(note.en);
    say(`test services ready in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    return {
      stop: async () => {
        await registry?.stop();
        await services.stop();
        if (temporary) rmSync(dataDir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await services.stop();
    throw error;
  }
}

const namedDatabaseUrl = process.env.TEST_DATABASE_URL;

/** The folder is kept from run to run, which saves creating a database server; a second run beside
 * the first one gets a folder of its own and removes it. */
async function startInFreeFolder(): Promise<{
  services: LocalServices;
  dataDir: string;
  temporary: boolean;
}> {
  const usual = join(root, '.data', 'test');
  try {
    return { services: await start(usual), dataDir: usual, temporary: false };
  } catch (error) {
    if (error instanceof OperatorError && !(error instanceof DataFolderInUseError)) {
      throw new Error(`${error.text.zh}\n${error.text.en}`, { cause: error });
    }
    if (!(error instanceof DataFolderInUseError)) throw error;
  }
  const own = `${usual}-${process.pid}`;
  return { services: await start(own), dataDir: own, temporary: true };
}

function start(dataDir: string): Promise<LocalServices> {
  return startLocalServices({
    dataDir,
    databaseUrl: namedDatabaseUrl,
    redisUrl: process.env.TEST_REDIS_URL,
    dockerHost: process.env.DOCKER_HOST,
    forTests: true,
  });
}

/** A run that was killed could not drop what it had made in our own private server. */
async function dropLeftoverDatabases(url: string): Promise<void> {
  const connection = await createConnection({ uri: url });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(
      `SELECT schema_name AS name FROM information_schema.schemata
       WHERE schema_name NOT IN
         ('mysql', 'sys', 'information_schema', 'performance_schema', 'stackscape')`,
    );
    for (const row of rows) {
      await connection.query(`DROP DATABASE ${connection.escapeId(String(row.name))}`);
    }
  } finally {
    await connection.end();
  }
}

function say(line: string): void {
  process.stderr.write(`[test services] ${line}\n`);
}
