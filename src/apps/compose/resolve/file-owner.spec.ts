import type { ComposeProject, ComposeService } from '../project/compose-project';
import { ownerFor, readersOf } from './file-owner';

const runningAs = (user: string | null): ComposeService => ({ user }) as ComposeService;

describe(ownerFor.name, () => {
  it.each([
    [['1000'], { uid: 1000, gid: null }],
    [['1000:1001'], { uid: 1000, gid: 1001 }],
    [['1000:1001', '1000:1001'], { uid: 1000, gid: 1001 }],
    [['4294967294:0'], { uid: 4294967294, gid: 0 }],
  ])('is, for services that run as %j, %j', (users, owner) => {
    expect(ownerFor(users.map(runningAs))).toEqual(owner);
  });

  it.each([
    [[]],
    [[null]],
    [['']],
    [['0']],
    [['0:1000']],
    [['node']],
    [['1000:staff']],
    [['1000', '1001']],
    [['1000', null]],
    [['1000', '1000:1000']],
    [['4294967295']],
    [['1000:4294967295']],
  ])('is not known for services that run as %j', (users) => {
    expect(ownerFor(users.map(runningAs))).toBeNull();
  });
});

describe(readersOf.name, () => {
  const project = {
    services: new Map(
      [
        { name: 'folder', mounts: ['./files'], configs: [], secrets: [] },
        { name: 'file', mounts: ['files/a.conf'], configs: [], secrets: [] },
        { name: 'config', mounts: [], configs: ['c'], secrets: [] },
        { name: 'other', mounts: ['./files-too', './files/a'], configs: ['d'], secrets: ['c'] },
      ].map(({ name, mounts, configs, secrets }) => [
        name,
        {
          name,
          mounts: mounts.map((source) => ({ type: 'bind', source })),
          configs: configs.map((source) => ({ source })),
          secrets: secrets.map((source) => ({ source })),
        },
      ]),
    ),
    configs: new Map([
      ['c', { file: './files/a.conf' }],
      ['d', { file: null }],
    ]),
    secrets: new Map(),
  } as unknown as ComposeProject;

  it('finds the services that see a file by its folder, by itself or as a config', () => {
    expect(readersOf('files/a.conf', project).map(({ name }) => name)).toEqual([
      'folder',
      'file',
      'config',
    ]);
  });
});
