import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OperatorError } from '../platform/errors/operator-error';
import { bilingual } from '../platform/i18n/bilingual';

/**
 * Creates the folder with its parents and checks that files can be written to it.
 *
 * @throws OperatorError that names the folder when it cannot be used
 */
export function makeWritableFolder(folder: string): void {
  try {
    for (const part of missingParts(folder))
      mkdirSync(part, { mode: part === folder ? 0o700 : 0o755 });
    const probe = join(folder, `.probe-${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OperatorError(
      bilingual(
        `数据目录 ${folder} 不可写（${code}）。请检查它的权限和剩余空间，或用 DATA_DIR 指定另一个目录。`,
        `The data folder ${folder} cannot be written to (${code}). Check its permissions and the free space, or name another folder in DATA_DIR.`,
      ),
    );
  }
}

/** Outermost first. One by one, because Node's recursive mkdir never returns below /proc. */
function missingParts(folder: string): string[] {
  const missing: string[] = [];
  for (let part = folder; !isFolder(part); part = dirname(part)) missing.unshift(part);
  return missing;
}

function isFolder(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat && !stat.isDirectory()) throw Object.assign(new Error(path), { code: 'ENOTDIR' });
  return stat !== undefined;
}
