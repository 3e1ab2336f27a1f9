// `npm run restore -- <file>`: restores what `npm run backup` saved. The server must be stopped.
import { loadSettings } from '../platform/config/load-settings';
import { bilingual } from '../platform/i18n/bilingual';
import { restoreBackup } from './backup/restore-backup';
import { requireListenable } from '../local-services/listen-address';
import { readArguments } from './terminal/arguments';
import { printLine, runCommand } from './terminal/terminal';

const USAGE = bilingual(
  '用法：npm run restore -- <备份文件>',
  'Usage: npm run restore -- <backup file>',
);

void runCommand(async () => {
  const [file] = readArguments(USAGE, [1, 1]) ?? [];
  if (file === undefined) return;
  const settings = loadSettings();
  // A process on that port is most likely the server that uses this database.
  await requireListenable(settings.host, settings.port, 'restore');
  const { createdAt, safetyCopy } = await restoreBackup(settings, file);
  printLine(bilingual(`已恢复到 ${createdAt}`, `Restored to ${createdAt}`));
  printLine(
    bilingual(`恢复前的状态保存在 ${safetyCopy}`, `The previous state is in ${safetyCopy}`),
  );
});
