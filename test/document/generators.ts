import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../src/platform/config/project-root';
import { documentFile, installTool } from './tools';

// `npm run test:generators [openapi.json]`: two generators besides the client's own make code of the
// document, which has to compile strictly; of a document that lacks a schema it must not.

/** The last one with an interface that generators can call. */
const TYPESCRIPT = 'typescript@5.9.3';

interface Generator {
  readonly name: string;
  readonly version: string;
  /** Arguments that write the code of `file` into the folder `out`. */
  readonly args: (file: string, out: string) => string[];
  readonly bin: string;
}

const GENERATORS: readonly Generator[] = [
  {
    name: '@hey-api/openapi-ts',
    version: '0.85.0',
    bin: 'openapi-ts',
    args: (file, out) => ['-i', file, '-o', out, '-c', '@hey-api/client-fetch'],
  },
  // Not orval: up to 7.21 it writes no type at all where null is one of several schemas.
  {
    name: 'swagger-typescript-api',
    version: '13.13.0',
    bin: 'swagger-typescript-api',
    args: (file, out) => ['generate', '-p', file, '-o', out, '-n', 'api.ts'],
  },
];

/** Names of a call, an envelope and an enum that the code must have. */
const EXPECTED = ['addTask', 'TaskStatusResponse', 'TaskStatus'];

function generate(generator: Generator, file: string): void {
  const folder = installTool(generator.name, generator.version, TYPESCRIPT);
  mkdirSync(join(PROJECT_ROOT, '.tmp'), { recursive: true });
  // Inside the tool's folder, so that what the code imports is found there.
  const out = mkdtempSync(join(folder, 'out-'));
  try {
    const bin = join(folder, 'node_modules', '.bin', generator.bin);
    run(bin, generator.args(file, out), folder);
    const config = join(out, 'tsconfig.json');
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: 'es2022',
      module: 'esnext',
      moduleResolution: 'bundler',
      lib: ['es2023', 'dom', 'dom.iterable'],
      types: [],
      skipLibCheck: true,
    };
    writeFileSync(config, JSON.stringify({ compilerOptions, include: ['**/*.ts'] }));
    run(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', config], folder);
    const code = run('grep', ['-rhoE', EXPECTED.join('|'), out, '--include=*.ts'], folder);
    const lacking = EXPECTED.filter((name) => !code.includes(name));
    if (lacking.length > 0) throw new Error(`no ${lacking.join(', ')} in the code`);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe', maxBuffer: 1 << 26 }); // prettier-ignore
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command}: ${stdout}${stderr}`.slice(0, 3_000), { cause: error });
  }
}

/** A copy of the document that lacks a schema which it refers to. */
function brokenCopy(file: string): string {
  const document = JSON.parse(readFileSync(file, 'utf8')) as {
    components: { schemas: Record<string, unknown> };
  };
  delete document.components.schemas['TaskStatusResponse'];
  const copy = join(PROJECT_ROOT, '.tmp', 'broken-openapi.json');
  writeFileSync(copy, JSON.stringify(document));
  return copy;
}

const file = documentFile();
for (const generator of GENERATORS) {
  generate(generator, file);
  console.log(`${generator.name} ${generator.version}: the code compiles strictly`);
  let hasFailed = false;
  try {
    generate(generator, brokenCopy(file));
  } catch {
    hasFailed = true;
  }
  if (!hasFailed) throw new Error(`${generator.name} did not notice a broken document`);
  console.log(`${generator.name} ${generator.version}: a broken document is noticed`);
}
