import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { findFreePort } from '../../../src/local-services/free-port';
import { PRODUCT_VERSION } from '../../../src/platform/config/product-version';
import { PROJECT_ROOT } from '../../../src/platform/config/project-root';
import { docker } from '../../support/factories/app-lab';
import { buildStandIn, removeStandIn } from '../../support/stand-in-image';

interface Input {
  name: string;
  env: string;
  type?: 'string' | 'integer' | 'boolean';
  default?: string | number | boolean;
  applyTo?: string[];
}
interface Step {
  exec: { command: string; arguments?: string[] };
}
type Action = 'install' | 'upgrade' | 'status' | 'uninstall';
type Manifest = Record<Action, Step[]> & {
  version: string;
  dockerfile: string;
  customActions: Record<string, object>;
  parameters: Input[];
  credentials: Input[];
};

const folder = join(PROJECT_ROOT, 'docker', 'porter');
const manifest = parse(readFileSync(join(folder, 'porter.yaml'), 'utf8')) as Manifest;
const schema = JSON.parse(
  readFileSync(join(__dirname, 'porter-manifest.schema.json'), 'utf8'),
) as object;

describe('the manifest of the Porter bundle', () => {
  it('has the structure that Porter asks for', () => {
    const ajv = new Ajv({ allErrors: true });
    expect([ajv.validate(schema, manifest), ajv.errors]).toEqual([true, null]);
    const broken = { ...manifest, install: undefined, status: [{ shell: {} }] };
    expect(ajv.validate(schema, broken)).toBe(false);
  });

  it('has the version of the product and a template for its image', () => {
    expect(manifest.version).toBe(PRODUCT_VERSION);
    expect(readFileSync(join(folder, manifest.dockerfile), 'utf8')).toContain('# PORTER_MIXINS');
    expect(Object.keys(manifest.customActions)).toEqual(['status']);
  });
});

describe('the commands of the Porter bundle', () => {
  const project = `porter${randomBytes(4).toString('hex')}`;
  const image = (name: string): string => `${project}-${name}:1`;
  const dataDir = mkdtempSync(join(tmpdir(), 'porter-data-'));
  let given: Record<string, string>;

  beforeAll(async () => {
    const [port, databasePort, redisPort] = await Promise.all([1, 2, 3].map(() => findFreePort()));
    given = {
      image: image('server'),
      'database-image': image('database'),
      'redis-image': image('redis'),
      project,
      port: String(port),
      'database-port': String(databasePort),
      'redis-port': String(redisPort),
      'data-dir': dataDir,
      'database-password': 'p@ss/w:rd $x \'"',
      'redis-password': 'r/d@s$',
    };
    const program = '#!/bin/sh\nexec /start.sh\n';
    await buildStandIn(image('server'), {
      health: 'healthy',
      requiredEnv: ['DATABASE_URL', 'DATABASE_PASSWORD', 'REDIS_URL', 'REDIS_PASSWORD'],
      files: { '/bin/npm': '#!/bin/sh\necho "backup by $(id -u): npm $*"\n' },
    });
    await buildStandIn(image('database'), { files: { '/bin/healthcheck.sh': '#!/bin/sh\n' } });
    await buildStandIn(image('redis'), {
      files: { '/bin/redis-server': program, '/bin/redis-cli': '#!/bin/sh\necho PONG\n' },
    });
  });
  afterAll(async () => {
    await run('uninstall', { 'remove-data': 'true' });
    for (const name of ['server', 'database', 'redis']) await removeStandIn(image(name));
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** Runs what the manifest says for an action, with the inputs that Porter hands to it. */
  async function run(
    action: Action,
    more: Record<string, string> = {},
  ): Promise<{ status: number; output: string }> {
    const values = { ...given, ...more };
    const environment: NodeJS.ProcessEnv = { PATH: process.env['PATH'] };
    for (const { name, env, default: fallback, applyTo } of [
      ...manifest.parameters,
      ...manifest.credentials,
    ]) {
      if (applyTo && !applyTo.includes(action)) continue;
      const value = values[name] ?? fallback;
      if (value === undefined) throw new Error(`${name} has neither a value nor a default`);
      environment[env] = String(value);
    }
    let output = '';
    for (const { exec } of manifest[action]) {
      const { status, text } = await execute(exec.command, exec.arguments ?? [], environment);
      output += text;
      if (status !== 0) return { status, output };
    }
    return { status: 0, output };
  }

  function execute(
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve) => {
      execFile(command, [...args], { cwd: folder, env, timeout: 90_000 }, (error, out, err) =>
        resolve({ status: error ? Number(error.code ?? 1) : 0, text: out + err }),
      );
    });
  }

  const label = { label: [`com.docker.compose.project=${project}`] };
  const containers = () => docker.listContainers({ all: true, filters: label });
  const volumes = async () => (await docker.listVolumes({ filters: label })).Volumes ?? [];

  it('install, show, upgrade after a backup, and uninstall with or without data', async () => {
    expect(await run('status')).toMatchObject({ status: 1 });
    expect(await run('install')).toMatchObject({
      status: 0,
      output: expect.stringContaining('StackScape is healthy'),
    });
    expect(await containers()).toHaveLength(3);
    const [server] = await docker.listContainers({
      filters: { label: [...label.label, 'com.docker.compose.service=server'] },
    });
    const { Config, HostConfig } = await docker.getContainer(server?.Id ?? '').inspect();
    expect(Config.User).toBe('10001:10001');
    expect(Config.Env).toEqual(
      expect.arrayContaining([
        `DATABASE_PASSWORD=${given['database-password']}`,
        `REDIS_PASSWORD=${given['redis-password']}`,
      ]),
    );
    expect(HostConfig).toMatchObject({ CapDrop: ['ALL'], CapAdd: ['DAC_OVERRIDE', 'FOWNER'] });

    const status = await run('status');
    expect(status).toMatchObject({ status: 0, output: expect.stringContaining('server: healthy') });
    const upgrade = await run('upgrade');
    expect(upgrade.output).toContain('backup by 10001: npm run backup');
    expect(upgrade.status).toBe(0);

    expect((await run('uninstall')).status).toBe(0);
    expect([await containers(), await volumes()]).toMatchObject([[], [{}, {}]]);
    expect((await run('uninstall', { 'remove-data': 'true' })).status).toBe(0);
    expect(await volumes()).toEqual([]);
  });
});
