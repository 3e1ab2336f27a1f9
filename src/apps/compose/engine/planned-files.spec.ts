import type { ComposeMount, ComposeService } from '../project/compose-project';
import type { ResolvedApp, ResolvedFile } from '../resolve/resolved-app';
import { plannedFiles } from './planned-files';

const context = {
  installationId: 'i',
  projectDir: '/data/apps/shop',
  bindAddress: '0.0.0.0',
  databaseBindAddress: '127.0.0.1',
};
const file = (path: string, content: string, more: Partial<ResolvedFile> = {}): ResolvedFile => ({
  path,
  content,
  mode: 0o644,
  owner: null,
  secret: false,
  ...more,
});
const mount = (source: string, target: string, readOnly = true): ComposeMount =>
  ({ type: 'bind', source, target, readOnly, selinux: null, propagation: null }) as ComposeMount;
const planned = (mounts: ComposeMount[], files: ResolvedFile[]) => {
  const service = { mounts, configs: [], secrets: [] } as unknown as ComposeService;
  const variables = [{ name: 'W', value: 'pass-word', source: 'generated', secret: true }];
  const app = { files, variables, volumes: [] } as unknown as ResolvedApp;
  return plannedFiles(app, service, context);
};

describe(plannedFiles.name, () => {
  it('takes over files that the template carries and mounts read-only', () => {
    const files = [
      file('a.conf', 'colour=red', { owner: { uid: 7, gid: null } }),
      file('b.conf', 'word=pass-word'),
    ];
    expect(planned([mount('./a.conf', '/a'), mount('./b.conf', '/b')], files)).toEqual([
      {
        kind: 'config',
        key: 'a.conf',
        path: '/data/apps/shop/a.conf',
        bind: '/data/apps/shop/a.conf:/a:ro',
        target: '/a',
        uid: '7',
        gid: '0',
        mode: null,
        size: 10,
      },
      expect.objectContaining({ kind: 'secret', key: 'b.conf', uid: '0' }),
    ]);
  });

  it.each([
    ['it may write to', mount('./a.conf', '/a', false), 'x'],
    ['that are not in the template', mount('./other.conf', '/a'), 'x'],
    ['that are empty', mount('./a.conf', '/a'), ''],
    ['that are too large', mount('./a.conf', '/a'), 'x'.repeat(512_000)],
  ])('leaves files on the disk of their node %s', (_which, mounted, content) => {
    expect(planned([mounted], [file('a.conf', content)])).toEqual([]);
  });
});
