// The layers of the house, from top to bottom: a folder may import from those below it, never from
// one above. `npm run check` fails on an import against this order and on any cycle.
const layers = [
  'scripts',
  'src/commands',
  'src/local-services',
  'src/[^/]+\\.ts', // main, bootstrap, app.module, app.setup
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
      comment: 'Nothing imports this file.',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.spec\\.ts$', '^src/(main|commands/)', '^scripts/'] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.spec\\.ts$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
