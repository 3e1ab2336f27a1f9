// `npm run backup [-- <file>]`: one file with the database and the data folder, also while running.
import { loadSettings } from '../platform/config/load-settings';
import { bilingual } from '../platform/i18n/bilingual';
import { makeBackup } from './backup/make-backup';
import { readArguments } from './terminal/arguments';
import { printLine, runCommand } from './terminal/terminal';

const USAGE = bilingual(
  '用法：npm run backup [-- <备份文件>]',
  'Usage: npm run backup [-- <backup file>]',
);

void runCommand(async () => {
  const given = readArguments(USAGE, [0, 1]);
  if (!given) return;
  const file = await makeBackup(loadSettings(), given[0]);
  printLine(bilingual(`备份已写入 ${file}`, `The backup is in ${file}`));
  printLine(
    bilingual(
      '其中包含本安装的密钥，请妥善保管。应用的 Docker 数据卷不在其中。',
      'It contains the keys of this installation: keep it safe. Docker volumes of apps are not included.',
    ),
  );
});
