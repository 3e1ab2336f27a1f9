// `npm run restore -- <file>`: puts back what `npm run backup` saved. The server must be stopped.
import { loadSettings } from '../platform/config/load-settings';
import { bilingual } from '../platform/i18n/bilingual';
import { BackupError } from './backup/backup.error';
import { reportAndExit } from './backup/report';
import { restoreBackup } from './backup/restore-backup';
import { requireListenable } from '../local-services/listen-address';
import { printLine } from './terminal/terminal';

async function main(): Promise<void> {
  const [, , file] = process.argv;
  if (!file) {
    throw new BackupError(
      bilingual('用法：npm run restore -- <备份文件>', 'Usage: npm run restore -- <backup file>'),
    );
  }
  const settings = loadSettings();
  // Whoever listens there is most likely the server that uses this very database.
  await requireListenable(settings.host, settings.port);
  const { createdAt, safetyCopy } = await restoreBackup(settings, file);
  printLine(bilingual(`已恢复到 ${createdAt}`, `Restored to ${createdAt}`));
  printLine(
    bilingual(`恢复前的状态保存在 ${safetyCopy}`, `What was there before is in ${safetyCopy}`),
  );
}

main().catch(reportAndExit);
