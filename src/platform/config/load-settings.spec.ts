import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from './load-settings';
import { SettingsError } from './settings';

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadSettings(environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe(loadSettings.name, () => {
  it('uses the documented defaults for an empty environment', () => {
    const sut = loadSettings({});
    expect(sut.port).toBe(3000);
    expect(sut.containerPrefix).toBe('websoft9-');
    expect(sut.appPortRange).toEqual({ from: 9001, to: 9999 });
    expect(sut.throttleLogin).toEqual({ uses: 20, seconds: 60 });
    expect(sut.throttleAll).toBeNull();
    expect(sut.databaseUrl).toBeNull();
    expect(sut.catalogPaths).toEqual([]);
  });

  it('says of a setting that was removed what to do, unless it is empty', () => {
    const problems = problemsOf({ NODE_NAME: 'b' });
    expect(problems).toEqual([expect.stringMatching(/^NODE_NAME: was removed.*one Docker Engine/)]);
    expect(problemsOf({ NODE_NAME: '' })).toEqual([]);
  });

  it('treats an empty variable as absent', () => {
    expect(loadSettings({ PORT: '' }).port).toBe(3000);
  });

  it('lists every problem at once', () => {
    const problems = problemsOf({
      PORT: '70000',
      ROLE: 'boss',
      APP_PORT_RANGE: '9-1',
      REDIS_URL: 'http://x',
      TRUSTED_PROXIES: '10.0.0.0/99',
      NETWORK_POOL: '10.213.0.0/16, fd00::/64',
      TLS_CERT: '/x',
      JWT_SECRET: 'short',
      TZ_DISPLAY: 'Mars/Base',
    });
    for (const name of [
      'PORT',
      'ROLE',
      'APP_PORT_RANGE',
      'REDIS_URL',
      'TRUSTED_PROXIES',
      'NETWORK_POOL',
      'TLS_CERT',
      'JWT_SECRET',
      'TZ_DISPLAY',
    ]) {
      expect(problems.filter((p) => p.startsWith(name))).toHaveLength(1);
    }
    expect(problems.join()).not.toContain('short');
  });

  it('refuses port ranges that overlap', () => {
    expect(problemsOf({ APP_PORT_RANGE: '3000-4000' })).toHaveLength(1);
  });

  it('takes a number of processes or auto, unless no process answers HTTP', () => {
    expect(loadSettings({}).apiProcesses).toBe(1);
    expect(loadSettings({ API_PROCESSES: '3' }).apiProcesses).toBe(3);
    expect(loadSettings({ API_PROCESSES: 'auto' }).apiProcesses).toBeGreaterThanOrEqual(1);
    for (const wrong of ['0', '33', '-1', '1.5', 'all'])
      expect(problemsOf({ API_PROCESSES: wrong })).toHaveLength(1);
    expect(problemsOf({ API_PROCESSES: '2', ROLE: 'worker' })).toHaveLength(1);
  });

  it('takes the passwords of database and Redis as they are', () => {
    const password = "p@ss/w:rd?#%41 '$&";
    const sut = loadSettings({
      DATABASE_URL: 'mysql://stackscape@127.0.0.1:33060/stackscape',
      DATABASE_PASSWORD: password,
      REDIS_URL: 'redis://127.0.0.1:63790/0',
      REDIS_PASSWORD: password,
    });
    const database = new URL(sut.databaseUrl ?? '');
    expect([database.host, database.username]).toEqual(['127.0.0.1:33060', 'stackscape']);
    for (const url of [database, new URL(sut.redisUrl ?? '')])
      expect(decodeURIComponent(url.password)).toBe(password);
    expect(problemsOf({ DATABASE_PASSWORD: 'x' })).toHaveLength(1);
    expect(problemsOf({ REDIS_URL: 'redis://:y@h', REDIS_PASSWORD: 'x' })).toHaveLength(1);
  });

  it('takes the members of a cluster and a password for all of them', () => {
    const sut = loadSettings({
      DATABASE_URL: 'mysql://u@db1:3306,db2/name?ca=/x.pem',
      DATABASE_PASSWORD: 'p@s',
      REDIS_URL: 'rediss+sentinel://s1,s2:26380/main/1?sentinelPassword=x',
      REDIS_PASSWORD: 'p@s',
    });
    expect(sut.databaseUrl).toBe('mysql://u:p%40s@db1:3306,db2/name?ca=/x.pem');
    expect(sut.redisUrl).toBe('rediss+sentinel://:p%40s@s1,s2:26380/main/1?sentinelPassword=x');
  });

  it.each([
    ['DATABASE_URL', 'postgres://u:p@h/x'],
    ['DATABASE_URL', 'mysql://u:p@h,/x'],
    ['DATABASE_URL', 'mysql://u:p@h/x?ssl=1'],
    ['DATABASE_URL', 'mysql://u:p@h1,h2/x?ca=system'],
    ['REDIS_URL', 'redis://h1,h2/0'],
    ['REDIS_URL', 'redis://h/main/0'],
    ['REDIS_URL', 'redis+sentinel://h'],
    ['REDIS_URL', 'redis+sentinel://h/main/x'],
    ['REDIS_URL', 'redis://h/0?family=6'],
  ])('refuses %s=%s', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/expected|known|single/);
  });

  it('takes repositories of backups, and no address that becomes an option of ssh or holds a password', () => {
    const of = (value: string) => loadSettings({ BACKUP_REPOSITORIES: value }).backupRepositories;
    expect(of('a=/mnt/b, nas=sftp:me@nas.lan:/b,s=s3:https://s3.example.org/bucket/x')).toEqual([
      { name: 'a', address: '/mnt/b' },
      { name: 'nas', address: 'sftp:me@nas.lan:/b' },
      { name: 's', address: 's3:https://s3.example.org/bucket/x' },
    ]);
    for (const wrong of [
      '/mnt/b',
      'a=relative',
      'a=sftp:-oProxyCommand=x:/b',
      'a=s3:https://key:pw@host/b',
      'a=rclone:x',
      'a=/x,a=/y',
      'A=/x',
    ])
      expect([wrong, problemsOf({ BACKUP_REPOSITORIES: wrong }).length]).toEqual([wrong, 1]);
  });

  it('reads a secret from the file that NAME_FILE names', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'settings-')), 'token');
    writeFileSync(file, 'from-file\n');
    expect(loadSettings({ METRICS_TOKEN_FILE: file }).metricsToken).toBe('from-file');
    expect(problemsOf({ METRICS_TOKEN_FILE: file, METRICS_TOKEN: 'x' })).toHaveLength(1);
    expect(problemsOf({ METRICS_TOKEN_FILE: '/nonexistent' })).toHaveLength(1);
  });
});
