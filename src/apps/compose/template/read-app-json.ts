import { bilingual } from '../../../platform/i18n/bilingual';
import { categoryTitles, otherCategory, type AppMetadata } from './app-metadata';
import { JsonReader, type JsonPart } from './json-reader';
import type { TemplateProblem } from '../language/template-problem';
import type { VariableDefinition, VariableType } from './variable-definition';

const keys = [
  'title',
  'description',
  'tips',
  'category',
  'version',
  'website',
  'documentation',
  'license',
  'icon',
  'main',
  'database',
  'health',
  'requirements',
  'login',
  'variables',
  'hostFiles',
  '$schema',
];

/** Lays an `app.json` over what is known of an app already. */
export function readAppJson(
  text: string,
  known: AppMetadata,
): { metadata: AppMetadata; problems: readonly TemplateProblem[] } {
  const reader = new JsonReader(text, 'app.json');
  const root = reader.root.object(keys);
  if (!root) {
    if (reader.problems.length === 0) {
      reader.report('', bilingual('app.json 应为对象', 'app.json must hold an object'));
    }
    return { metadata: known, problems: reader.problems };
  }
  const web = { pattern: /^https?:\/\/[^\s]+$/ };
  const metadata: AppMetadata = {
    title: root.at('title').bilingual() ?? known.title,
    description: root.at('description').bilingual() ?? known.description,
    tips: root.at('tips').bilingual() ?? known.tips,
    category:
      root
        .at('category')
        .oneOf(Object.keys(categoryTitles).filter((name) => name !== otherCategory)) ??
      known.category,
    version: root.at('version').text({ max: 64 }) ?? known.version,
    website: root.at('website').text(web) ?? known.website,
    documentation: root.at('documentation').text(web) ?? known.documentation,
    license: root.at('license').text({ max: 100 }) ?? known.license,
    icon: root.at('icon').text() ?? known.icon,
    main: readMain(root.at('main')) ?? known.main,
    database: readDatabase(root.at('database')) ?? known.database,
    health: readHealth(root.at('health')) ?? known.health,
    requirements: readRequirements(root.at('requirements')) ?? known.requirements,
    login: readLogin(root.at('login')) ?? known.login,
    variables: readVariables(root.at('variables')),
    versions: known.versions,
    hostFiles: readHostFiles(root.at('hostFiles')),
  };
  return { metadata, problems: reader.problems };
}

function readMain(part: JsonPart): AppMetadata['main'] {
  const main = part.object(['service', 'port', 'scheme']);
  return (
    main && {
      service: main.at('service').text(),
      port: main.at('port').integer(1, 65_535),
      scheme: main.at('scheme').oneOf(['http', 'https', 'tcp']) ?? 'http',
      path: null,
    }
  );
}

function readDatabase(part: JsonPart): AppMetadata['database'] {
  const database = part.object(['service', 'port']);
  if (!database) return null;
  const service = database.at('service').text();
  const port = database.at('port').integer(1, 65_535);
  if (service !== null && port !== null) return { service, port };
  part.wrong(bilingual('需要 service 与 port', 'needs service and port'));
  return null;
}

function readHealth(part: JsonPart): AppMetadata['health'] {
  const health = part.object(['path', 'seconds']);
  return (
    health && {
      path: health.at('path').text({ pattern: /^\/[^\s]*$/ }) ?? '/',
      seconds: health.at('seconds').integer(10, 1800) ?? 300,
    }
  );
}

function readRequirements(part: JsonPart): AppMetadata['requirements'] | null {
  const requirements = part.object(['memory', 'disk', 'cpu', 'architectures']);
  return (
    requirements && {
      memory: requirements.at('memory').bytes(),
      disk: requirements.at('disk').bytes(),
      architectures: texts(requirements.at('architectures')),
    }
  );
}

function readLogin(part: JsonPart): AppMetadata['login'] {
  const login = part.object(['user', 'passwordVariable', 'path']);
  return (
    login && {
      user: login.at('user').text(),
      passwordVariable: login.at('passwordVariable').text(),
      path: login.at('path').text(),
    }
  );
}

const types = [
  'string',
  'integer',
  'boolean',
  'enum',
  'email',
  'host',
  'url',
  'password',
] as const satisfies readonly VariableType[];

const variableKeys = [
  'name',
  'title',
  'description',
  'type',
  'default',
  'pattern',
  'options',
  'min',
  'max',
  'required',
  'secret',
  'length',
];

function readVariables(part: JsonPart): VariableDefinition[] {
  const seen = new Set<string>();
  return part.list().flatMap((item) => {
    const variable = item.object(variableKeys);
    const name = variable?.at('name').text({ pattern: /^[A-Za-z_][A-Za-z0-9_.]*$/ }) ?? null;
    if (!variable || name === null || seen.has(name)) {
      item.wrong(
        bilingual('变量需要唯一且有效的 name', 'a variable needs a valid name that is used once'),
      );
      return [];
    }
    seen.add(name);
    return [readVariable(variable, name)];
  });
}

function readVariable(part: JsonPart, name: string): VariableDefinition {
  const type = part.at('type').oneOf(types) ?? 'string';
  const password = type === 'password';
  const options = part
    .at('options')
    .list()
    .map((item) => ({
      value: item.at('value').text() ?? '',
      title: item.at('title').bilingual() ?? { zh: '', en: '' },
    }));
  if ((type === 'enum') !== options.length > 0) {
    part.wrong(bilingual('options 用于且只用于 enum', 'options belong to an enum, and only there'));
  }
  if (password && !part.at('default').absent) {
    part.at('default').wrong(bilingual('密码不得有默认值', 'a password has no default'));
  }
  return {
    name,
    title: part.at('title').bilingual() ?? { zh: name, en: name },
    description: part.at('description').bilingual(),
    type,
    default: password ? null : readDefault(part.at('default')),
    pattern: readPattern(part.at('pattern')),
    options,
    min: part.at('min').integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    max: part.at('max').integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    required: part.at('required').boolean() ?? false,
    secret: password || (part.at('secret').boolean() ?? false),
    generated: password,
    length: part.at('length').integer(12, 64) ?? 24,
  };
}

function readDefault(part: JsonPart): string | null {
  if (part.absent) return null;
  if (typeof part.value === 'string') return part.value;
  if (typeof part.value === 'number' || typeof part.value === 'boolean') return String(part.value);
  part.wrong(bilingual('应为单个值', 'must be a single value'));
  return null;
}

function readPattern(part: JsonPart): string | null {
  const pattern = part.text({ max: 200 });
  if (pattern === null) return null;
  try {
    new RegExp(pattern, 'u');
  } catch {
    part.wrong(bilingual('正则表达式无效', 'not a valid regular expression'));
    return null;
  }
  if (!/\(\?[=!<]|\\[1-9k]/.test(pattern)) return pattern;
  part.wrong(bilingual('不支持环视与反向引用', 'no look-around and no back-references'));
  return null;
}

function readHostFiles(part: JsonPart): AppMetadata['hostFiles'] {
  if (part.absent) return {};
  return Object.fromEntries(
    part.entries().flatMap(([name, paths]) => {
      if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name)) {
        paths.wrong(bilingual('文件名无效', 'not a valid file name'));
        return [];
      }
      return [[name, texts(paths)]];
    }),
  );
}

function texts(part: JsonPart): string[] {
  return part
    .list()
    .map((item) => item.text())
    .filter((text) => text !== null);
}
