import { fc } from '../../../../test/support/fast-check';
import { defaultMetadata } from '../template/app-metadata';
import { singleSource } from '../language/compose-source';
import { parseDotEnv } from '../language/dotenv';
import { resolveTemplate } from './resolve-template';
import { SERVICE_KEYS } from '../project/service-keys';
import type { Template } from '../template/template';
import { completeVariables, placeholderValues } from '../template/template-variables';
import { parseYaml } from '../language/yaml-source';

/** Values as people and attackers write them, in the places where Compose has keys. */
const scalar = fc.oneof(
  fc.constantFrom(
    '',
    '80',
    '80:80',
    './a:/b',
    '/:/h',
    '$A',
    '${A:?x}',
    '${',
    'host',
    'true',
    '-1',
    '1m',
    'a=b',
  ),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'service:a',
    'container:x',
    '..',
    '\0',
    '2g',
    'a',
    'b',
  ),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const value = fc.oneof(
  { depthSize: 'small' },
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(
    fc.oneof(
      fc.constantFrom(
        'source',
        'target',
        'type',
        'condition',
        'test',
        'resources',
        'limits',
        'name',
        '__proto__',
      ),
      fc.string(),
    ),
    fc.oneof(
      scalar,
      fc.array(scalar, { maxLength: 2 }),
      fc.dictionary(fc.string(), scalar, { maxKeys: 2 }),
    ),
    { maxKeys: 3 },
  ),
  fc.array(
    fc.dictionary(fc.constantFrom('source', 'target', 'type', 'published', 'path', 'mode'), scalar),
    { maxLength: 2 },
  ),
);
const service = fc.dictionary(fc.constantFrom(...SERVICE_KEYS.split(/\s+/), 'unknown'), value, {
  maxKeys: 8,
});
const compose = fc.record(
  {
    services: fc.oneof(
      value,
      fc.dictionary(fc.constantFrom('a', 'b', 'c d', '__proto__'), fc.oneof(service, value)),
    ),
    networks: value,
    volumes: value,
    configs: value,
    secrets: value,
    'x-casaos': value,
  },
  { requiredKeys: ['services'] },
);

function templateOf(data: unknown, env: string): Template {
  return {
    name: 'app',
    store: null,
    folder: '/nowhere',
    composeFile: 'compose.yaml',
    layout: 'casaos',
    trusted: false,
    builtIn: false,
    source: singleSource(parseYaml(JSON.stringify(data)), 'compose.yaml'),
    dotEnv: parseDotEnv(env),
    includedEnv: [],
    texts: new Map(),
    metadata: defaultMetadata('app'),
    assignments: [],
    files: [],
    publish: [],
    singleFile: false,
    casaPort: null,
    archives: [],
    digest: '',
    parts: [],
    problems: [],
  };
}

describe('a template of any content', () => {
  it('is resolved without a throw, and every finding has a code, a key and both languages', () => {
    fc.assert(
      fc.property(compose, fc.string({ unit: 'binary' }), (data, env) => {
        const template = templateOf(data, env);
        completeVariables(template, {});
        const app = resolveTemplate(template, {
          prefix: 'p-',
          sharedNetwork: 'p',
          values: placeholderValues(template),
        });
        for (const { code, message } of app.problems) {
          expect(code).toMatch(/^[a-z-]+$/);
          expect(message.zh).toMatch(/\p{Script=Han}|:/u);
          expect(message.en).not.toBe('');
        }
      }),
      { numRuns: 200 },
    );
  });
});
