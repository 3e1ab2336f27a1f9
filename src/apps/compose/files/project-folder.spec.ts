import { lstat, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { TemplateFolder } from '../../../../test/support/template-folder';
import { BuildContextError, openBuildContext } from './build-context';
import { loadTemplate } from '../layouts/load-template';
import {
  BindEscapesError,
  ensureBindSources,
  HostFileMissingError,
  removeProjectFolder,
} from './bind-sources';
import { prepareProjectFolder } from './project-folder';
import { resolveTemplate } from '../policy/resolve-template';

const folders: TemplateFolder[] = [];
afterAll(() => Promise.all(folders.map((folder) => folder.remove())));

async function folderOf(files: Record<string, string>): Promise<TemplateFolder> {
  const folder = await TemplateFolder.make(files);
  folders.push(folder);
  return folder;
}

async function load(files: Record<string, string>, builtIn = false) {
  const template = await loadTemplate((await folderOf(files)).path, { name: 'app', builtIn });
  const app = resolveTemplate(template, { prefix: 'p-', sharedNetwork: 'p' });
  return { template, app };
}

const files = {
  'compose.yaml': `services:
  a: { image: "a:1", volumes: ["./data/in:/in", "./conf:/conf"], configs: [c], secrets: [s] }
configs: { c: { content: "x=1" } }
secrets: { s: { content: secret } }
`,
  'conf/a.conf': 'template',
  'images/a.tar': 'large',
};

describe(prepareProjectFolder.name, () => {
  it('copies the template without archives and writes its files with their permissions', async () => {
    const { template, app } = await load(files);
    const target = await folderOf({});
    await prepareProjectFolder(template, app, target.path);
    const read = (path: string) => readFile(join(target.path, path), 'utf8');
    expect(await read('conf/a.conf')).toBe('template');
    expect(await read('.stackscape/configs/c')).toBe('x=1');
    expect((await lstat(join(target.path, '.stackscape/secrets/s'))).mode & 0o777).toBe(0o444);
    await expect(lstat(join(target.path, 'images'))).rejects.toThrow();
  });

  it('keeps manual changes on request and replaces them otherwise', async () => {
    const { template, app } = await load(files);
    const target = await folderOf({ 'conf/a.conf': 'mine', 'compose.yaml': 'old' });
    const read = (path: string) => readFile(join(target.path, path), 'utf8');
    await prepareProjectFolder(template, app, target.path, { keepExisting: true });
    expect([await read('conf/a.conf'), await read('compose.yaml')]).toEqual([
      'mine',
      files['compose.yaml'],
    ]);
    await prepareProjectFolder(template, app, target.path);
    expect(await read('conf/a.conf')).toBe('template');
  });

  it('does not write through a link that an app put in place of a file', async () => {
    const { template, app } = await load(files);
    const victim = await folderOf({ 'a.conf': 'untouched' });
    const target = await folderOf({});
    await mkdir(join(target.path, 'conf'));
    await symlink(join(victim.path, 'a.conf'), join(target.path, 'conf/a.conf'));
    await prepareProjectFolder(template, app, target.path);
    expect(await readFile(join(victim.path, 'a.conf'), 'utf8')).toBe('untouched');
  });

  it('neither writes nor removes through a folder that an app replaced by a link', async () => {
    const { template, app } = await load(files);
    const victim = await folderOf({ 'a.conf': 'untouched', c: 'untouched' });
    for (const link of ['conf', '.stackscape']) {
      const target = await folderOf({});
      await symlink(victim.path, join(target.path, link));
      await expect(
        prepareProjectFolder(template, app, target.path, { keepExisting: true }),
      ).rejects.toThrow(BindEscapesError);
    }
    expect((await readdir(victim.path)).sort()).toEqual(['a.conf', 'c']);
    expect(await readFile(join(victim.path, 'a.conf'), 'utf8')).toBe('untouched');
  });

  it('makes missing bind sources as folders of its own', async () => {
    const { template, app } = await load(files);
    const target = await folderOf({});
    await prepareProjectFolder(template, app, target.path);
    expect((await lstat(join(target.path, 'data/in'))).isDirectory()).toBe(true);
  });

  it('accepts the clock of the machine and nothing else of it', async () => {
    const target = await folderOf({});
    const sources = (...paths: string[]) => ensureBindSources('app', target.path, paths);
    const hasTimezone = await lstat('/etc/timezone').then(
      () => true,
      () => false,
    );
    const timezone = sources('/etc/timezone');
    await (hasTimezone
      ? expect(timezone).resolves.toBeUndefined()
      : expect(timezone).rejects.toThrow(HostFileMissingError));
    await expect(sources('/etc/passwd')).rejects.toThrow(BindEscapesError);
  });

  it('removes a folder without following links in it', async () => {
    const victim = await folderOf({ 'a.conf': 'untouched' });
    const target = await folderOf({ 'app/sub/file': '' });
    await symlink(victim.path, join(target.path, 'app/sub/link'));
    await removeProjectFolder(join(target.path, 'app'));
    await removeProjectFolder(join(target.path, 'app'));
    expect(await readdir(target.path)).toEqual([]);
    expect(await readFile(join(victim.path, 'a.conf'), 'utf8')).toBe('untouched');
  });

  it.each([
    ['an existing folder', '/etc'],
    ['nothing yet', '/nowhere/at/all'],
  ])('refuses a bind through a link that leads out, to %s', async (_, leadsTo) => {
    const { template, app } = await load(files);
    const target = await folderOf({ 'data/keep': '' });
    await symlink(leadsTo, join(target.path, 'data/in'));
    await expect(prepareProjectFolder(template, app, target.path)).rejects.toThrow(
      BindEscapesError,
    );
  });
});

describe(openBuildContext.name, () => {
  async function namesIn(stream: Readable): Promise<string[]> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const archive = Buffer.concat(chunks);
    const names: string[] = [];
    for (let at = 0; archive[at];) {
      const part = (from: number, to: number) =>
        archive.toString('utf8', at + from, at + to).replace(/\0.*$/s, '');
      names.push([part(345, 500), part(0, 100)].filter(Boolean).join('/'));
      at += 512 + Math.ceil(Number.parseInt(part(124, 136), 8) / 512) * 512;
    }
    return names.sort();
  }

  const context = {
    'compose.yaml': 'services: { a: { build: ./ctx } }',
    'ctx/Dockerfile': 'FROM scratch',
    'ctx/.dockerignore': '# no\n*.log\n!keep.log\ncache\n**/deep.txt\nDockerfile\n',
    'ctx/a.log': '',
    'ctx/keep.log': '',
    'ctx/cache/x': '',
    'ctx/sub/deep.txt': '',
    [`ctx/sub/${'long/'.repeat(25)}name`]: 'x',
    outside: '',
  };

  it('holds the context without what .dockerignore names', async () => {
    const { template, app } = await load(context);
    const build = app.images[0]?.build;
    if (!build) throw new Error('no build');
    expect(await namesIn(await openBuildContext(template, build))).toEqual([
      '.dockerignore',
      'Dockerfile',
      'keep.log',
      `sub/${'long/'.repeat(25)}name`,
    ]);
  });

  it('reads files of the host for the built-in catalog and names a missing one', async () => {
    const files = {
      ...context,
      'app.json': '{"hostFiles":{"bin":["/no/such/file","/proc/self/exe"],"gone":["/no/such"]}}',
    };
    const { template, app } = await load(files, true);
    const build = app.images[0]?.build;
    if (!build) throw new Error('no build');
    await expect(openBuildContext(template, build)).rejects.toThrow(BuildContextError);
    const stranger = await load(files);
    expect(stranger.app.images[0]?.build?.hostFiles).toEqual({});
  });
});
