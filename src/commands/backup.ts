// `npm run backup [-- <file>]`: one file with the database and the data folder, also while running.
import { loadSettings } from '../platform/config/load-settings';
import { bilingual } from '../platform/i18n/bilingual';
import { makeBackup } from './backup/make-backup';
import { printLine } from './terminal/terminal';
import { reportAndExit } from './backup/report';

makeBackup(loadSettings(), process.argv[2])
  .then((file) => {
    printLine(bilingual(`备份已写入 ${file}`, `The backup is in ${file}`));
    printLine(
      bilingual(
        '其中含有本安装的密钥，请妥善保管。应用自己的 Docker 数据卷不在其中。',
        'It holds the keys of this installation: keep it safe. Docker volumes of apps are not in it.',
      ),
    );
  })
  .catch(reportAndExit);
