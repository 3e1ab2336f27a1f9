import { randomBytes } from 'node:crypto';
import { composeConfig } from '../../support/catalog/compose-config';
import { createsOnEngine } from '../../support/catalog/created-template';
import { buildStandIn, removeStandIn } from '../../support/stand-in-image';
import { TemplateFolder } from '../../support/template-folder';

const image = `parts-${randomBytes(4).toString('hex')}:1`;
const created = createsOnEngine(image);

beforeAll(() => buildStandIn(image));
afterAll(() => removeStandIn(image));

/** A project cut into files. */
const parts = {
  'parts/base.yaml': `services:
  base:
    image: IMAGE
    command: [sleep, base]
    environment: [A=base, B=base]
    env_file: base.env
    labels: { from: base, kept: "1" }
    volumes: ["./data:/data", "./only-base:/only:ro"]
    cap_drop: [NET_RAW]
    dns: [10.0.0.1]
    ulimits: { nofile: 1000 }
`,
  'parts/base.env': 'E=file\nA=file',
};
const extending = `services:
  a:
    extends: { file: parts/base.yaml, service: base }
    command: [sleep, over]
    environment: { B: over, C: over }
    labels: [from=over]
    volumes: ["./mine:/data"]
    cap_drop: [SYS_CHROOT]
    dns: 10.0.0.2
`;

describe('a project of several files', () => {
  it('is created with what a service extends below its own', () =>
    created(
      extending,
      ({ a, dir }) => {
        expect(a.Config.Cmd).toEqual(['sleep', 'over']);
        expect(a.Config.Env).toEqual(
          expect.arrayContaining(['A=base', 'B=over', 'C=over', 'E=file']),
        );
        expect(a.Config.Labels).toMatchObject({ from: 'over', kept: '1' });
        expect(a.HostConfig).toMatchObject({
          CapDrop: ['NET_RAW', 'SYS_CHROOT'],
          Dns: ['10.0.0.1', '10.0.0.2'],
          Ulimits: [{ Name: 'nofile', Hard: 1000, Soft: 1000 }],
        });
        expect([...(a.HostConfig.Binds as string[])].sort()).toEqual([
          `${dir}/mine:/data:rw`,
          `${dir}/parts/only-base:/only:ro`,
        ]);
      },
      { files: parts },
    ));

  it('extends just as docker-compose does', async () => {
    const folder = await TemplateFolder.make({ 'docker-compose.yml': extending, ...parts });
    try {
      const { a: configured } = await composeConfig(folder.path, {});
      await created(
        extending,
        ({ a }) => {
          const theirs = Object.entries(configured?.environment ?? {}).map(([k, v]) => `${k}=${v}`);
          expect(theirs.length).toBeGreaterThan(3);
          expect(a.Config.Env).toEqual(expect.arrayContaining(theirs));
          expect(a.Config.Cmd).toEqual(configured?.command);
          expect(a.HostConfig.Binds).toHaveLength(configured?.volumes?.length ?? 0);
        },
        { files: parts },
      );
    } finally {
      await folder.remove();
    }
  });

  it('is created with the services, networks, volumes and secrets that it includes', () =>
    created(
      `include:
  - db/compose.yaml
services:
  a: { image: IMAGE, command: "$TAG", networks: [back], depends_on: [db] }
`,
      ({ a, all, dir, prefix }) => {
        const db = all.get('db');
        expect(a.Config.Cmd).toEqual(['outer']);
        expect(db?.Config.Cmd).toEqual(['inner', 'outer']);
        expect(db?.HostConfig.Binds).toEqual(
          expect.arrayContaining([
            `${dir}/db/data:/data:rw`,
            `${prefix}app_store:/store:rw`,
            `${dir}/db/pw.txt:/run/secrets/pw:ro`,
          ]),
        );
        for (const { NetworkSettings } of all.values()) {
          expect(Object.keys(NetworkSettings.Networks)).toEqual([`${prefix}app_back`]);
        }
      },
      {
        files: {
          '.env': 'TAG=outer',
          'db/.env': 'TAG=lost\nOWN=inner',
          'db/pw.txt': 'x',
          'db/compose.yaml': `services:
  db:
    image: IMAGE
    command: ["$OWN", "$TAG"]
    volumes: ["./data:/data", "store:/store"]
    networks: [back]
    secrets: [pw]
networks: { back: }
volumes: { store: }
secrets: { pw: { file: pw.txt } }
`,
        },
      },
    ));

  it('is created with its override file, label files and project name', () =>
    created(
      'name: other\nservices: { a: { image: IMAGE, label_file: l.env, labels: { b: "2" }, command: one } }',
      ({ a, prefix }) => {
        expect(a.Config.Labels).toMatchObject({ a: '1', b: '2' });
        expect(a.Config.Cmd).toEqual([`${prefix}app`]);
      },
      {
        files: {
          'compose.override.yaml': 'services: { a: { command: "$COMPOSE_PROJECT_NAME" } }',
          'l.env': 'a=1\nb=1',
        },
      },
    ));
});
