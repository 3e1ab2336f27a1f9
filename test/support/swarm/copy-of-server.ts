import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppLab } from '../factories/app-lab';

/** The data folder of a further server of the installation, with the same keys, as its operator copies them. */
export async function copyOfServer({ server }: AppLab): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stackscape-further-'));
  await cp(join(server.settings.dataDir, 'secrets'), join(folder, 'secrets'), { recursive: true });
  return folder;
}
