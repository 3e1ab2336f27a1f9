// Writes schema.ts and operations.ts from ../openapi.json to `src`, or to the folder given; part of
// `npm run openapi`.
'use strict';

const { execFileSync } = require('node:child_process');
const { readFileSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const root = dirname(__dirname);
const document = join(root, 'openapi.json');
const folder = process.argv[2] ?? join(__dirname, 'src');
const generator = join(
  dirname(require.resolve('openapi-typescript/package.json', { paths: [root] })),
  'bin',
  'cli.js',
);
execFileSync(process.execPath, [generator, document, '-o', join(folder, 'schema.ts')], {
  stdio: ['ignore', 'ignore', 'inherit'],
});

const { paths } = JSON.parse(readFileSync(document, 'utf8'));
const lines = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(
    ([method, { operationId }]) => `  ${operationId}: ['${method.toUpperCase()}', '${path}'],`,
  ),
);
writeFileSync(
  join(folder, 'operations.ts'),
  `// Generated from openapi.json by \`npm run openapi\`. Do not edit.

/** Method and path of every call by its operation id. */
export const OPERATIONS = {
${lines.sort().join('\n')}
} as const;
`,
);
