import 'reflect-metadata';
import { createApp } from '../../src/app.setup';
import { ActiveModels } from '../../src/compute/model-store/active-models';
import { loadSettings } from '../../src/platform/config/load-settings';

/**
 * A real worker process for computations, made slow: each task takes `CHAOS_TASK_MS` between claim
 * and finish, so that a kill nearly always meets claimed tasks.
 */
const taskMs = Number(process.env['CHAOS_TASK_MS'] ?? '0');

const get = ActiveModels.prototype.get;
ActiveModels.prototype.get = async function (this: ActiveModels, id: string | null) {
  await new Promise((resolve) => setTimeout(resolve, taskMs));
  return get.call(this, id);
};

async function main(): Promise<void> {
  const app = await createApp(loadSettings());
  await app.init();
  process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
}

void main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
