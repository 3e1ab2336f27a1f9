import type { Cursor } from '../language/source-reader';
import type { TemplateProblem } from '../language/template-problem';
import { AppJsonReader } from './app-json-reader';
import { categoryTitles, OTHER_CATEGORY, type AppMetadata } from './app-metadata';
import {
  variableDefaults,
  type VariableDefinition,
  type VariableType,
} from './variable-definition';

const KEYS =
  'title description tips category version website documentation license icon main database health requirements login variables hostFiles $schema';
const VARIABLE_KEYS =
  'name title description type default pattern options min max required secret length';
const webAddress = { pattern: /^https?:\/\/[^\s]+$/ };
const portRange = { min: 1, max: 65_535 };

/** Lays an `app.json` over what is known of an app already. */
export function readAppJson(
  text: string,
  known: AppMetadata,
): { metadata: AppMetadata; problems: readonly TemplateProblem[] } {
  const reader = new AppJsonReader(text);
  const { root, problems } = reader;
  if (!reader.isMap(root)) return { metadata: known, problems };
  reader.checkKeys(root, KEYS);
  const categories = Object.keys(categoryTitles).filter((name) => name !== OTHER_CATEGORY);
  const metadata: AppMetadata = {
    title: reader.bilingual(root, 'title') ?? known.title,
    description: reader.bilingual(root, 'description') ?? known.description,
    tips: reader.bilingual(root, 'tips') ?? known.tips,
    category: reader.oneOf(root, 'category', categories) ?? known.category,
    version: reader.string(root, 'version', { max: 64 }) ?? known.version,
    website: reader.string(root, 'website', webAddress) ?? known.website,
    documentation: reader.string(root, 'documentation', webAddress) ?? known.documentation,
    license: reader.string(root, 'license', { max: 100 }) ?? known.license,
    icon: reader.string(root, 'icon') ?? known.icon,
    main: readMain(reader) ?? known.main,
    database: readDatabase(reader) ?? known.database,
    health: readHealth(reader) ?? known.health,
    requirements: readRequirements(reader) ?? known.requirements,
    login: readLogin(reader) ?? known.login,
    variables: readVariables(reader),
    versions: known.versions,
    hostFiles: readHostFiles(reader),
  };
  return { metadata, problems };
}

function readMain(reader: AppJsonReader): AppMetadata['main'] {
  const at = reader.map(reader.root, 'main', 'service port scheme');
  return (
    at && {
      service: reader.string(at, 'service'),
      port: reader.integer(reader.at(at, 'port'), portRange),
      scheme: reader.oneOf(at, 'scheme', ['http', 'https', 'tcp']) ?? 'http',
      path: null,
    }
  );
}

function readDatabase(reader: AppJsonReader): AppMetadata['database'] {
  const at = reader.map(reader.root, 'database', 'service port');
  if (!at) return null;
  const service = reader.string(at, 'service');
  const port = reader.integer(reader.at(at, 'port'), portRange);
  if (service !== null && port !== null) return { service, port };
  reader.wrong(at, '需要 service 与 port', 'needs service and port');
  return null;
}

function readHealth(reader: AppJsonReader): AppMetadata['health'] {
  const at = reader.map(reader.root, 'health', 'path seconds');
  return (
    at && {
      path: reader.string(at, 'path', { pattern: /^\/[^\s]*$/ }) ?? '/',
      seconds: reader.integer(reader.at(at, 'seconds'), { min: 10, max: 1800 }) ?? 300,
    }
  );
}

function readRequirements(reader: AppJsonReader): AppMetadata['requirements'] | null {
  const at = reader.map(reader.root, 'requirements', 'memory disk cpu architectures');
  return (
    at && {
      memory: reader.bytes(reader.at(at, 'memory')),
      disk: reader.bytes(reader.at(at, 'disk')),
      architectures: reader.strings(reader.at(at, 'architectures')),
    }
  );
}

function readLogin(reader: AppJsonReader): AppMetadata['login'] {
  const at = reader.map(reader.root, 'login', 'user passwordVariable path');
  return (
    at && {
      user: reader.string(at, 'user'),
      passwordVariable: reader.string(at, 'passwordVariable'),
      path: reader.string(at, 'path'),
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

function readVariables(reader: AppJsonReader): VariableDefinition[] {
  const seen = new Set<string>();
  return reader.list(reader.at(reader.root, 'variables')).flatMap((item) => {
    reader.checkKeys(item, VARIABLE_KEYS);
    const name = reader.string(item, 'name', { pattern: /^[A-Za-z_][A-Za-z0-9_.]*$/ });
    if (name === null || seen.has(name)) {
      reader.wrong(
        item,
        '变量需要唯一且有效的 name',
        'a variable needs a valid name that is used once',
      );
      return [];
    }
    seen.add(name);
    return [readVariable(reader, item, name)];
  });
}

function readVariable(reader: AppJsonReader, at: Cursor, name: string): VariableDefinition {
  const part = (key: string) => reader.at(at, key);
  const type = reader.oneOf(at, 'type', types) ?? 'string';
  const password = type === 'password';
  const options = reader.list(part('options')).map((item) => ({
    value: reader.string(item, 'value') ?? '',
    title: reader.bilingual(item, 'title') ?? { zh: '', en: '' },
  }));
  if ((type === 'enum') !== options.length > 0) {
    reader.wrong(at, 'options 用于且只用于 enum', 'options belong to an enum, and only there');
  }
  if (password) {
    reader.wrong(part('default'), '密码不得有默认值', 'a password has no default');
  }
  return {
    ...variableDefaults,
    name,
    title: reader.bilingual(at, 'title') ?? { zh: name, en: name },
    description: reader.bilingual(at, 'description'),
    type,
    default: password ? null : reader.raw(part('default')),
    pattern: readPattern(reader, at),
    options,
    min: reader.integer(part('min'), { min: -Number.MAX_SAFE_INTEGER }),
    max: reader.integer(part('max'), { min: -Number.MAX_SAFE_INTEGER }),
    required: reader.boolean(part('required')) ?? false,
    secret: password || (reader.boolean(part('secret')) ?? false),
    generated: password,
    length: reader.integer(part('length'), { min: 12, max: 64 }) ?? 24,
  };
}

function readPattern(reader: AppJsonReader, variable: Cursor): string | null {
  const pattern = reader.string(variable, 'pattern', { max: 200 });
  if (pattern === null) return null;
  const at = reader.at(variable, 'pattern');
  try {
    new RegExp(pattern, 'u');
  } catch {
    reader.wrong(at, '正则表达式无效', 'not a valid regular expression');
    return null;
  }
  if (!/\(\?[=!<]|\\[1-9k]/.test(pattern)) return pattern;
  reader.wrong(at, '不支持环视与反向引用', 'no look-around and no back-references');
  return null;
}

function readHostFiles(reader: AppJsonReader): AppMetadata['hostFiles'] {
  const files = reader.entries(reader.at(reader.root, 'hostFiles')).filter(([name, paths]) => {
    const valid = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name);
    if (!valid) reader.wrong(paths, '文件名无效', 'not a valid file name');
    return valid;
  });
  return Object.fromEntries(files.map(([name, paths]) => [name, reader.strings(paths)]));
}
