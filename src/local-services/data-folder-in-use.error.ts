import { OperatorError } from '../platform/errors/operator-error';
import { bilingual } from '../platform/i18n/bilingual';

/** Another process of ours holds the same data folder. */
export class DataFolderInUseError extends OperatorError {
  constructor(dataDir: string, pid: number) {
    super(
      bilingual(
        `数据目录 ${dataDir} 正被另一个进程（pid ${pid}）使用：服务已经在运行。请使用正在运行的服务，或先按 Ctrl-C 停止它，或设置另一个 DATA_DIR。`,
        `The data folder ${dataDir} is in use by process ${pid}: the server is already running. Use that one, stop it first (Ctrl-C), or set another DATA_DIR.`,
      ),
    );
  }
}
