import type { Bilingual } from '../platform/i18n/bilingual';

/** A local service could not be brought up; the text says why and what to do next. */
export class LocalServiceError extends Error {
  constructor(
    readonly text: Bilingual,
    options?: ErrorOptions,
  ) {
    super(text.en, options);
    this.name = 'LocalServiceError';
  }
}

/** Another start of ours holds the same data folder. */
export class DataFolderInUseError extends LocalServiceError {
  constructor(dataDir: string, pid: number) {
    super({
      zh: `数据目录 ${dataDir} 正被另一个进程（pid ${pid}）使用：服务已经在运行。请使用正在运行的服务，或先按 Ctrl-C 停止它，或设置另一个 DATA_DIR。`,
      en: `The data folder ${dataDir} is in use by process ${pid}: the server is running already. Use that one, stop it first (Ctrl-C), or set another DATA_DIR.`,
    });
    this.name = 'DataFolderInUseError';
  }
}
