import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadSettings } from '../../src/platform/config/load-settings';
import { PROJECT_ROOT } from '../../src/platform/config/project-root';
import { settingSpecs } from '../../src/platform/config/settings';

// It starts programs, which takes long on a busy machine.

const read = (path: string): string => readFileSync(join(PROJECT_ROOT, path), 'utf8');
const built = /(^|\/)(dist|node_modules)$/;
const settingNames = new Set(
  Object.values(settingSpecs).flatMap((spec) => [spec.env, `${spec.env}_FILE`]),
);

describe('docker/Dockerfile', () => {
  const text = read('docker/Dockerfile');

  it('copies what is there', () => {
    const sources = [...text.matchAll(/^COPY (--from=build )?(.+)$/gm)].flatMap(([, , paths]) =>
      (paths ?? '').split(' ').slice(0, -1),
    );
    expect(sources.length).toBeGreaterThan(10);
    for (const path of sources.map((source) => source.replace(/^\/app\//, '')))
      if (!built.test(path))
        expect([path, existsSync(join(PROJECT_ROOT, path))]).toEqual([path, true]);
  });

  it('does not run as root and has a health check', () => {
    expect(/^USER (\S+)$/m.exec(text)?.[1]).toBe('stackscape');
    expect(text).toMatch(/^HEALTHCHECK /m);
  });
});

describe('docker/compose.yml', () => {
  const { services } = parse(read('docker/compose.yml')) as {
    services: { server: { environment: Record<string, string | null> } };
  };

  it('knows only settings that there are, and works with any password', () => {
    const { environment } = services.server;
    expect(Object.keys(environment).filter((name) => !settingNames.has(name))).toEqual([]);
    const password = 'p@ss/w:rd#%41';
    const filled = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [
        name,
        (value ?? '')
          .replace(/\$\{[A-Z_]*PASSWORD[^}]*\}/, () => password)
          .replace(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1'),
      ]),
    );
    const { databaseUrl, redisUrl } = loadSettings(filled);
    for (const url of [databaseUrl, redisUrl]) {
      const { password: encoded, hostname } = new URL(url ?? '');
      expect([hostname, decodeURIComponent(encoded)]).toEqual(['127.0.0.1', password]);
    }
  });
});

describe('packaging/systemd/stackscape.service', () => {
  const unit = join(PROJECT_ROOT, 'packaging/systemd/stackscape.service');

  it('names only settings that there are, in the unit and in its example file', () => {
    const names = [
      ...(/^Environment=(.*)$/m.exec(readFileSync(unit, 'utf8'))?.[1] ?? '').matchAll(
        /([A-Z_]+)=/g,
      ),
      ...read('packaging/systemd/stackscape.env').matchAll(/^#?([A-Z_]+)=/gm),
    ].map(([, name]) => name ?? '');
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => name !== 'NODE_ENV' && !settingNames.has(name))).toEqual([]);
  });

  const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
  (hasSystemd ? it : it.skip)('is what systemd understands, with little exposure', () => {
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    const report = execFileSync('systemd-analyze', ['security', '--offline=true', unit], {
      encoding: 'utf8',
    });
    expect(Number(/exposure level.*: ([\d.]+)/.exec(report)?.[1])).toBeLessThan(2.5);
  });
});
