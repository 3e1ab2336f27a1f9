// `npm run backup [-- <file>]`: one file with the database and the data folder, also while running;
// `npm run backup -- --repository <name> [--keep <count>]`: the same into a repository of backups of apps.
import { loadSettings } from '../platform/config/load-settings';
import { bilingual } from '../platform/i18n/bilingual';
import { makeBackup } from './backup/make-backup';
import { keepNewest, saveToRepository } from './backup/repository-backup';
import { readBackupPlace } from './terminal/arguments';
import { printLine, runCommand } from './terminal/terminal';

const USAGE = bilingual(
  '用法：npm run backup [-- <备份文件> | --repository <仓库> [--keep <份数>]]',
  'Usage: npm run backup [-- <backup file> | --repository <name> [--keep <count>]]',
);

void runCommand(async () => {
  const place = readBackupPlace(USAGE, undefined, { keeps: true });
  if (!place) return;
  const { repository, keep } = place;
  if (repository === undefined) {
    const file = await makeBackup(loadSettings(), place.file);
    printLine(bilingual(`备份已写入 ${file}`, `The backup is in ${file}`));
  } else {
    const id = await saveToRepository(loadSettings(), repository);
    printLine(
      bilingual(
        `备份已写入仓库 ${repository}，快照 ${id}`,
        `The backup is in the repository ${repository}, snapshot ${id}`,
      ),
    );
    if (keep !== undefined) {
      const removed = await keepNewest(loadSettings(), repository, keep);
      printLine(
        bilingual(
          `保留最新的 ${keep} 份，删除了 ${removed} 份旧备份`,
          `The newest ${keep} stay; ${removed} older ones were removed`,
        ),
      );
    }
  }
  printLine(
    bilingual(
      '其中包含本安装的密钥，请妥善保管。应用的 Docker 数据卷不在其中。',
      'It contains the keys of this installation: keep it safe. Docker volumes of apps are not included.',
    ),
  );
});
