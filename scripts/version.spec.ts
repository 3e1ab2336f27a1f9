import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../src/platform/config/project-root';
import { PRODUCT_VERSION } from '../src/platform/config/product-version';

// It starts programs, which takes long on a busy machine.
jest.setTimeout(60_000);

interface Manifest {
  version: string;
  license: string;
  workspaces: string[];
  dependencies?: Record<string, string>;
}

const FILES = [
  'package.json',
  'package-lock.json',
  'CHANGELOG.md',
  'scripts/version.js',
  'docker/porter/porter.yaml',
];

const read = (root: string, file: string): string => readFileSync(join(root, file), 'utf8');
const manifest = (root: string, folder = '.'): Manifest =>
  JSON.parse(read(root, join(folder, 'package.json'))) as Manifest;
const { workspaces } = manifest(PROJECT_ROOT);

describe('the version', () => {
  it('is the same in every package and in the OpenAPI document', () => {
    const document = JSON.parse(read(PROJECT_ROOT, 'openapi.json')) as { info: Manifest };
    const versions = workspaces.map((folder) => manifest(PROJECT_ROOT, folder).version);
    expect([...versions, document.info.version]).toEqual(
      Array.from({ length: workspaces.length + 1 }, () => PRODUCT_VERSION),
    );
  });

  it('reaches every package and the changelog by `npm version`', () => {
    const root = mkdtempSync(join(tmpdir(), 'version-'));
    try {
      for (const file of FILES) cpSync(join(PROJECT_ROOT, file), join(root, file));
      for (const folder of workspaces) {
        mkdirSync(join(root, folder));
        cpSync(join(PROJECT_ROOT, folder, 'package.json'), join(root, folder, 'package.json'));
      }
      const changed = { ...manifest(root), version: '7.8.9' };
      writeFileSync(join(root, 'package.json'), JSON.stringify(changed));
      execFileSync(process.execPath, [join(root, 'scripts/version.js')]);
      for (const folder of workspaces) expect(manifest(root, folder).version).toBe('7.8.9');
      expect(manifest(root, 'cli').dependencies?.['@stackscape/client']).toBe('7.8.9');
      expect(read(root, 'CHANGELOG.md')).toMatch(/## \[Unreleased\]\n\n## \[7\.8\.9\] - \d{4}-/);
      expect(read(root, 'docker/porter/porter.yaml')).toContain('\nversion: 7.8.9\n');
      const lock = JSON.parse(read(root, 'package-lock.json')) as {
        packages: Record<string, Manifest>;
      };
      expect(workspaces.map((folder) => lock.packages[folder]?.version)).toEqual(
        workspaces.map(() => '7.8.9'),
      );
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});

describe('the licence', () => {
  it('is the same text and name wherever it is said', () => {
    for (const folder of ['.', ...workspaces])
      expect([folder, manifest(PROJECT_ROOT, folder).license]).toEqual([folder, 'MIT']);
    for (const folder of ['client', 'cli'])
      expect(read(PROJECT_ROOT, join(folder, 'LICENSE'))).toBe(read(PROJECT_ROOT, 'LICENSE'));
    const document = JSON.parse(read(PROJECT_ROOT, 'openapi.json')) as {
      info: { license: { name: string } };
    };
    expect(document.info.license.name).toBe('MIT');
  });
});
