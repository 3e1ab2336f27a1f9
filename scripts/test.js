// The suites of `npm test`, in one run of Jest; its arguments are handed on. Files that failed beside the others run
// once more, one at a time: what passes then depended on the load of the machine. They are named at the end, as each
// is a defect, of the test or of the product.
'use strict';

const { spawnSync } = require('node:child_process');
const { existsSync, mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join, relative } = require('node:path');

const SUITES = ['unit', 'integration', 'contract', 'e2e', 'fuzz'];
/** Where more files fail, it is no matter of load. */
const MAX_FILES_AGAIN = 3;

/** @returns the exit code, and the files that failed: none where Jest itself did or was stopped */
function run(args) {
  const folder = mkdtempSync(join(tmpdir(), 'stackscape-test-'));
  const list = join(folder, 'failed-files');
  const jest = [require.resolve('jest/bin/jest'), '--selectProjects', ...SUITES, ...args];
  const env = { ...process.env, FAILED_FILES_LIST: list };
  const { status } = spawnSync(process.execPath, jest, { stdio: 'inherit', env });
  const failed = existsSync(list) ? readFileSync(list, 'utf8').split('\n').filter(Boolean) : [];
  rmSync(folder, { recursive: true });
  return { status: status ?? 1, failed };
}

const args = process.argv.slice(2);
const first = run(['--maxWorkers=2', ...args]);
process.exitCode = first.status;
if (first.status !== 0 && first.failed.length > 0 && first.failed.length <= MAX_FILES_AGAIN) {
  const names = first.failed.map((file) => `  ${relative('', file)}\n`).join('');
  process.stdout.write(
    `\nFailed beside the others; they run once more, one at a time:\n${names}\n`,
  );
  const options = args.filter((arg) => arg.startsWith('-'));
  const again = run(['--runInBand', ...options, '--runTestsByPath', ...first.failed]);
  process.exitCode = again.status;
  if (again.status === 0)
    process.stdout.write(
      `\nPassed alone only. Each is a defect, of the test or of the product:\n${names}`,
    );
}
