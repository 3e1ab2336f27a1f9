import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../src/platform/config/project-root';

/**
 * Installs a tool into `.tmp/tools` unless it is there, and answers its folder. Together these tools
 * take 300 MB, which nobody who only builds or tests should have to fetch. Their install scripts do not run.
 * `others`: what it needs in a version that it does not ask for itself.
 */
export function installTool(name: string, version: string, ...others: string[]): string {
  const folder = join(PROJECT_ROOT, '.tmp', 'tools', name.replace('/', '-'));
  const manifest = join(folder, 'node_modules', name, 'package.json');
  if (existsSync(manifest)) {
    const installed = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    if (installed.version === version) return folder;
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const options = ['--ignore-scripts', '--no-audit', '--no-fund'];
  execFileSync('npm', ['install', `${name}@${version}`, ...others, ...options], { cwd: folder, stdio: 'inherit' }); // prettier-ignore
  return folder;
}

/** The document that the command line names, or the committed one. */
export function documentFile(): string {
  return process.argv[2] ?? join(PROJECT_ROOT, 'openapi.json');
}
