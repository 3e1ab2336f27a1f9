import type { ComposeBackup, ComposeService } from './compose-project';
import type { Cursor, TemplateReader } from './template-reader';

export const BACKUP_KEY = 'x-backup';
const KEYS = 'live pre post restore without timeout';
const DEFAULT_TIMEOUT_MS = 30 * 60_000;
const MIN_TIMEOUT_MS = 1_000;
const MAX_TIMEOUT_MS = 24 * 3_600_000;

/** `x-backup:` of a service. A text is run by the shell, a list is a command with its words. */
export function readBackup(reader: TemplateReader, at: Cursor | null): ComposeBackup | null {
  if (!at) return null;
  if (!reader.isMap(at)) {
    reader.wrong(at, '应为键值映射', 'must be a mapping');
    return null;
  }
  reader.checkKeys(at, KEYS);
  const part = (key: string) => reader.at(at, key);
  const pre = readHook(reader, part('pre'));
  const restore = readHook(reader, part('restore'));
  const without = reader.texts(part('without'));
  if (without.length > 0 && !(pre && restore)) {
    reader.wrong(
      part('without'),
      'without 中的数据卷不会保存内容：需要 pre 导出数据，并由 restore 导入',
      'the volumes under without are saved empty: it takes a pre that dumps their data, and a restore that loads the dump',
    );
  }
  return {
    live: reader.boolean(part('live')) === true || pre !== null,
    pre,
    post: readHook(reader, part('post')),
    restore,
    without,
    timeoutMs: readTimeout(reader, part('timeout')),
  };
}

/** Hooks for the app as a whole would not say in which container they run. */
export function refuseBackupOfProject(reader: TemplateReader): void {
  reader.wrong(
    reader.at(reader.root, BACKUP_KEY),
    'x-backup 应写在服务之内',
    'x-backup belongs into a service',
  );
}

/** What the hooks of one service cannot know alone. */
export function checkBackups(
  reader: TemplateReader,
  services: ReadonlyMap<string, ComposeService>,
): void {
  for (const { name, backup, mounts } of services.values()) {
    const at = { path: ['services', name, BACKUP_KEY, 'without'] };
    const own = new Set(mounts.flatMap((m) => (m.type === 'volume' && m.source ? m.source : [])));
    for (const key of backup?.without ?? []) {
      if (own.has(key)) continue;
      reader.report(
        'broken',
        'backup-unknown-volume',
        at,
        `服务 ${name} 没有挂载名为 ${key} 的数据卷`,
        `the service ${name} mounts no volume called ${key}`,
      );
    }
  }
  const all = [...services.values()];
  const stopped = all.find((service) => !isSavedWhileRunning(service));
  const hooked = all.find(({ backup }) => backup !== null);
  if (!hooked || !stopped) return;
  reader.report(
    'note',
    'backup-hooks-unused',
    { path: ['services', hooked.name, BACKUP_KEY] },
    `备份时仍会停止应用：服务 ${stopped.name} 写入数据但没有 x-backup`,
    `backups still stop the app: the service ${stopped.name} writes data and has no x-backup`,
  );
}

/** Whether a copy of the data that the service writes is consistent without stopping it. */
export function isSavedWhileRunning({ backup, mounts, volumesFrom }: ComposeService): boolean {
  if (backup?.live) return true;
  const writes = mounts.some(
    ({ type, source, readOnly }) => !readOnly && type !== 'tmpfs' && source !== null,
  );
  return !writes && volumesFrom.every(({ readOnly }) => readOnly);
}

function readHook(reader: TemplateReader, at: Cursor | null): string[] | null {
  if (!at) return null;
  const words = reader.isList(at)
    ? reader.list(at).map((item) => reader.text(item) ?? '')
    : ['/bin/sh', '-c', reader.name(at) ?? ''];
  if (words[0] && words.at(-1) !== '') return words;
  reader.wrong(at, '应为一条命令', 'must be a command');
  return null;
}

function readTimeout(reader: TemplateReader, at: Cursor | null): number {
  const nanoseconds = reader.duration(at);
  if (nanoseconds === null) return DEFAULT_TIMEOUT_MS;
  const timeoutMs = Math.round(nanoseconds / 1e6);
  if (timeoutMs < MIN_TIMEOUT_MS || timeoutMs > MAX_TIMEOUT_MS)
    reader.wrong(at, '应为 1s 到 24h', 'must be from 1s to 24h');
  return timeoutMs;
}
