import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..', '..');
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

/** A project elsewhere on the machine that has the packed client and nothing else of this repository. */
export class ClientProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'stackscape-client-'));

  /** Packs the client as `npm publish` would and unpacks it where an install puts it. */
  constructor() {
    const packed = execFileSync('npm', ['pack', '--pack-destination', this.folder], {
      cwd: join(root, 'client'),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const home = join(this.folder, 'node_modules', '@stackscape', 'client');
    mkdirSync(home, { recursive: true });
    const archive = join(this.folder, packed.trim().split('\n').at(-1) ?? '');
    execFileSync('tar', ['xzf', archive, '-C', home, '--strip-components=1']);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  /** Compiles files strictly, the types of the client too. Throws what the compiler complains about. */
  compile(names: readonly string[], options: readonly string[]): void {
    try {
      execFileSync(
        process.execPath,
        [tsc, ...names, '--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes']
          .concat(['--target', 'es2022', '--lib', 'es2023,dom,dom.iterable'])
          .concat(options),
        { cwd: this.folder, encoding: 'utf8', stdio: 'pipe' },
      );
    } catch (error) {
      throw new Error((error as { stdout: string }).stdout, { cause: error });
    }
  }

  /** What a script prints. */
  run(file: string, args: readonly string[]): Promise<string> {
    return new Promise((done, failed) => {
      execFile(
        process.execPath,
        [file, ...args],
        { cwd: this.folder, timeout: 50_000 },
        (error, stdout, stderr) =>
          error ? failed(new Error(`${error.message}\n${stdout}\n${stderr}`)) : done(stdout),
      );
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The fenced blocks of a language in a Markdown file of the repository. */
export function codeBlocks(file: string, language: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(new RegExp('```' + language + '\\n([\\s\\S]*?)```', 'g'))].map(
    ([, code = '']) => code,
  );
}
