// The layers of the house, from top to bottom: a folder may import from those below it, never from
// one above. `npm run check` fails on an import against this order and on any cycle.
const layers = [
  'scripts',
  'src/commands',
  'src/local-services',
  'src/[^/]+\\.ts', // main, bootstrap, app.module, app.setup
  'src/console',
  'src/operations',
  'src/schema',
  'src/apps',
  'src/server',
  'src/compute',
  'src/users',
  'src/invite-codes',
  'src/auth',
  'src/audit',
  'src/http',
  'src/accounts',
  'src/platform',
];

// The inner layers of src/apps/compose, from top to bottom; folders on one line do not know each other.
const composeLayers = [
  ['policy'],
  ['engine', 'files'],
  ['resolve', 'layouts'],
  ['template'],
  ['project', 'composition'],
  ['language'],
];
const compose = (folders) => folders.map((folder) => `^src/apps/compose/${folder}/`);

const pathOf = (layer) => (layer.endsWith('.ts') ? `^${layer}$` : `^${layer}/`);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...layers.slice(1).map((layer, index) => ({
      name: `layer ${layer.replace('src/', '')}`,
      comment: 'Imports go down the list of layers only.',
      severity: 'error',
      from: { path: pathOf(layer) },
      to: { path: layers.slice(0, index + 1).map(pathOf) },
    })),
    ...composeLayers.slice(1).map((folders, index) => ({
      name: `compose layer ${folders.join(' and ')}`,
      comment: 'Imports within src/apps/compose go down its list of layers only.',
      severity: 'error',
      from: { path: compose(folders) },
      to: { path: composeLayers.slice(0, index + 1).flatMap(compose) },
    })),
    ...composeLayers
      .flatMap((folders) => folders.map((folder) => [folder, folders.filter((f) => f !== folder)]))
      .filter(([, siblings]) => siblings.length > 0)
      .map(([folder, siblings]) => ({
        name: `compose sibling ${folder}`,
        comment: 'These two folders do not know each other: share through a layer below.',
        severity: 'error',
        from: { path: compose([folder]) },
        to: { path: compose(siblings) },
      })),
    {
      name: 'compose is a package',
      comment:
        'src/apps/compose knows no framework, no database and of src only texts, errors and the engine’s types.',
      severity: 'error',
      from: { path: '^src/apps/compose/' },
      to: {
        path: [
          '^src/',
          'node_modules/(@nestjs|@fastify|fastify|typeorm|bull|ioredis|dockerode|mysql2)/',
        ],
        pathNot: [
          '^src/apps/compose/',
          '^src/platform/(i18n|errors|addresses)/',
          '^src/platform/docker/(engine-types|image-reference)\\.ts$',
        ],
      },
    },
    {
      name: 'file cycle',
      comment: 'Move the shared type or function into a file of its own.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'folder cycle',
      comment: 'Two folders that need each other are one folder, or hide a third.',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    {
      name: 'every folder has a layer',
      comment: 'Give the new folder its place in the list of layers.',
      severity: 'error',
      from: { path: '^src/', pathNot: layers.map(pathOf) },
      to: {},
    },
    {
      name: 'unused file',
      comment: 'Nothing imports this file. A browser loads the form of Swagger UI.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: ['^src/(main|commands/)', '^scripts/', '^src/http/openapi/swagger-ui/sign-in.js'],
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.(spec|d)\\.ts$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
