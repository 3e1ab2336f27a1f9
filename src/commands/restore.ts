// `npm run restore -- <file>` or `-- --repository <name>`: restores what `npm run backup` saved. The server
// must be stopped.
import { loadSettings } from '../platform/config/load-settings';
import type { Settings } from '../platform/config/settings';
import { EngineError } from '../platform/docker/engine.errors';
import { OperatorError } from '../platform/errors/operator-error';
import { bilingual, type Bilingual } from '../platform/i18n/bilingual';
import { adoptionText, adoptPresentEngine } from './engine/adopt-present-engine';
import { restoreFromRepository } from './backup/repository-backup';
import { restoreBackup } from './backup/restore-backup';
import { requireListenable } from '../local-services/listen-address';
import { readBackupPlace } from './terminal/arguments';
import { printLine, runCommand, UsageError } from './terminal/terminal';

const USAGE = bilingual(
  '用法：npm run restore -- <备份文件> | --repository <仓库>',
  'Usage: npm run restore -- <backup file> | --repository <name>',
);

/** The backup may be that of another machine: the database goes over to the engine of this one. */
async function adopted(settings: Settings): Promise<Bilingual> {
  try {
    return adoptionText(await adoptPresentEngine(settings, { restored: true }));
  } catch (error) {
    if (!(error instanceof OperatorError || error instanceof EngineError)) throw error;
    const { zh, en } = error.text;
    return bilingual(
      `尚未核对 Docker 引擎：${zh} 如果这是另一台机器，请在引擎可用后运行 npm run admin -- adopt-engine`,
      `The Docker Engine was not compared: ${en} If this is another machine, run npm run admin -- adopt-engine once its engine is available`,
    );
  }
}

void runCommand(async () => {
  const place = readBackupPlace(USAGE);
  if (!place) return;
  const { file, repository } = place;
  if (file === undefined && repository === undefined) throw new UsageError(USAGE);
  const settings = loadSettings();
  // A process on that port is most likely the server that uses this database.
  await requireListenable(settings.host, settings.port, 'restore');
  const { createdAt, safetyCopy } = await (repository === undefined
    ? restoreBackup(settings, file ?? '')
    : restoreFromRepository(settings, repository));
  printLine(bilingual(`已恢复到 ${createdAt}`, `Restored to ${createdAt}`));
  printLine(
    bilingual(`恢复前的状态保存在 ${safetyCopy}`, `The previous state is in ${safetyCopy}`),
  );
  printLine(await adopted(settings));
});
