import { createRequire } from 'node:module';
import type * as SmolToml from 'smol-toml' with { 'resolution-mode': 'import' };
import { bilingual } from '../../../platform/i18n/bilingual';
import { insideProject } from '../language/app-folder-path';
import { parseDotEnv } from '../language/dotenv';
import { entriesAt, isMapping, listAt, textAt, valueAt } from '../language/plain-data';
import { defaultMetadata, type AppMetadata } from '../template/app-metadata';
import type { TemplateFile } from '../template/template';
import {
  generatedSecret,
  variableDefaults,
  type VariableAssignment,
  type VariableDefinition,
} from '../template/variable-definition';
import { addressSuffix } from '../template/address-names';
import { secrecyOf } from '../template/secret-names';
import { categoryOf } from './category';
import type { LayoutFolder, LayoutReading, StoreLayout } from './store-layout';
import { cannotRead, portOf, sameInBoth, webAddress } from './store-texts';

// Its types are those of an ES module; it also comes as CommonJS.
const { parse, TomlError } = createRequire(__filename)('smol-toml') as typeof SmolToml;

interface Domain {
  readonly service: string;
  readonly port: number;
  /** The variable that holds its host, where it is one. */
  readonly variable: string | null;
  readonly path: string | null;
}

/** Helpers that stand for a random or a fixed value: `${password:32}`. */
const HELPER =
  /^\$\{(domain|password|base64|hash|uuid|randomPort|email|username|timestamp|timestamps|timestampms|jwt)(?::([^{}]*))?\}$/;

/** Where the store's proxy reaches a service of which a domain tells no port. */
const USUAL_PORT = 3000;

/** Longest value that a template may ask for. */
const MAX_LENGTH = 512;

/**
 * `blueprints/<name>/` with `docker-compose.yml` and `template.toml`: variables with helpers, the environment,
 * the domains that the store's proxy serves, and files that lie at `../files`.
 * https://docs.dokploy.com/docs/core/templates
 */
export const dokploy: StoreLayout = {
  name: 'dokploy',
  recognises: (files) => files.has('template.toml'),
  async read(folder) {
    const text = await folder.readOptional('template.toml');
    const data = text === null ? null : parseToml(text, folder);
    const metadata = await readMeta(folder);
    return data === null ? { metadata } : reading(data, metadata);
  },
};

function parseToml(text: string, folder: LayoutFolder): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const message = error.message.split('\n')[0] ?? '';
    const text = cannotRead('TOML', message);
    folder.report('broken', 'toml-syntax', 'template.toml', text, error.line);
    return null;
  }
}

async function readMeta({ name, readOptional }: LayoutFolder): Promise<AppMetadata> {
  const plain = defaultMetadata(name);
  const text = await readOptional('meta.json');
  let data: unknown = null;
  try {
    data = text === null ? null : JSON.parse(text);
  } catch {
    // Foreign metadata is optional: the template works without it.
  }
  const links = valueAt(data, 'links');
  return {
    ...plain,
    title: sameInBoth(textAt(data, 'name')) ?? plain.title,
    description: sameInBoth(textAt(data, 'description')),
    category: categoryOf(listAt(data, 'tags').map(String)),
    version: textAt(data, 'version'),
    website: webAddress(textAt(links, 'website')) ?? webAddress(textAt(links, 'github')),
    documentation: webAddress(textAt(links, 'docs')),
    icon: webAddress(textAt(data, 'logo')),
  };
}

function reading(data: unknown, metadata: AppMetadata): LayoutReading {
  const config = valueAt(data, 'config');
  const domains = domainsOf(config);
  const texts = new Map(
    entriesAt(data, 'variables').flatMap(([name, value]): [string, string][] =>
      isName(name) ? [[name, scalar(value)]] : [],
    ),
  );
  const definitions = questionsOf(valueAt(config, 'env'));
  const assignments: VariableAssignment[] = [];
  // A value may put helpers into a longer text: each becomes a variable of its own.
  const withHelpers = (text: string, owner: string): string => {
    let count = 0;
    return text.replace(/\$\{([A-Za-z]\w*)(:[^{}]*)?\}/g, (whole, word: string) => {
      if (!HELPER.test(whole) || texts.has(word)) return whole;
      const name = `${owner}_${word}${++count > 1 ? count : ''}`.toUpperCase();
      const made = definitionOf(name, whole, domains, texts);
      if (typeof made === 'string') return made;
      definitions.push(made);
      return `\${${name}}`;
    });
  };
  for (const [name, text] of texts) {
    const made = HELPER.test(text.trim()) ? definitionOf(name, text.trim(), domains, texts) : null;
    if (made === null || typeof made === 'string')
      assignments.push({ name, value: made ?? withHelpers(secureless(text), name) });
    else definitions.push(made);
  }
  const lines = envOf(valueAt(config, 'env')).map(([name, text]) => {
    const value = withHelpers(secureless(text), name);
    return `${name}=${value.includes('\n') ? JSON.stringify(value) : value}`;
  });
  const [main, ...others] = domains;
  // A token is signed with a key that may stand behind it.
  definitions.sort((one, other) => Number(one.format === 'jwt') - Number(other.format === 'jwt'));
  // The store sets the name of the app for every template.
  assignments.unshift({ name: 'APP_NAME', value: '${COMPOSE_PROJECT_NAME}' });
  return {
    metadata: {
      ...metadata,
      variables: definitions,
      main: main
        ? { service: main.service, port: main.port, scheme: 'http', path: main.path }
        : null,
    },
    assignments,
    dotEnv: parseDotEnv(lines.join('\n')),
    files: filesOf(config, withHelpers),
    publish: others.map(({ service, port }) => ({ service, port })),
  };
}

function domainsOf(config: unknown): Domain[] {
  return listAt(config, 'domains').flatMap((item) => {
    const service = textAt(item, 'serviceName');
    const port = portOf(valueAt(item, 'port') ?? USUAL_PORT);
    if (service === null || port === null) return [];
    const variable = /^\$\{(\w+)\}$/.exec(textAt(item, 'host') ?? '')?.[1] ?? null;
    const path = textAt(item, 'path');
    return [{ service, port, variable, path: path === '/' ? null : path }];
  });
}

/** A table, a list of `NAME=value`, a list of tables, or such a list for each service. Questions are left out. */
function envOf(env: unknown): [string, string][] {
  const list = Array.isArray(env) ? (env as unknown[]) : [env];
  return list
    .flatMap((item): [string, string][] => {
      if (typeof item === 'string') {
        const cut = item.indexOf('=');
        return cut < 0 ? [] : [[item.slice(0, cut).trim(), item.slice(cut + 1)]];
      }
      if (!isMapping(item) || isQuestion(item)) return [];
      return Object.entries(item).flatMap(([name, value]): [string, string][] =>
        Array.isArray(value) ? envOf(value) : [[name, scalar(value)]],
      );
    })
    .filter(([name]) => isName(name));
}

/** Some templates describe a variable instead of setting it: `{ name, description, required }`. */
function isQuestion(item: unknown): boolean {
  const name = textAt(item, 'name');
  if (name === null || !isName(name)) return false;
  return valueAt(item, 'required') !== null || textAt(item, 'description') !== null;
}

function questionsOf(env: unknown): VariableDefinition[] {
  const list = Array.isArray(env) ? (env as unknown[]) : [];
  return list.filter(isQuestion).map((item) => {
    const name = textAt(item, 'name') ?? '';
    const secrecy = secrecyOf(name);
    const required = valueAt(item, 'required') === true;
    return {
      ...variableDefaults,
      name,
      title: bilingual(name, name),
      description: sameInBoth(textAt(item, 'description')),
      type: secrecy === null ? 'string' : 'password',
      default: null,
      required: required && secrecy !== 'generated',
      secret: secrecy !== null,
      generated: secrecy === 'generated',
    };
  });
}

function filesOf(
  config: unknown,
  withHelpers: (text: string, owner: string) => string,
): TemplateFile[] {
  return listAt(config, 'mounts').flatMap((item, index) => {
    const path = textAt(item, 'filePath')?.replace(/^(\.?\/)+/, '');
    const content = valueAt(item, 'content');
    if (!path || !insideProject(path) || typeof content !== 'string') return [];
    const text = withHelpers(secureless(content), `FILE_${index + 1}`);
    return [{ path: `files/${path}`, content: text, hasVariables: true }];
  });
}

/** The variable that a helper makes, or the text that it stands for. */
function definitionOf(
  name: string,
  text: string,
  domains: readonly Domain[],
  texts: ReadonlyMap<string, string>,
): VariableDefinition | string {
  const [, helper = '', argument = ''] = HELPER.exec(text) ?? [];
  const length = Math.min(Number(/^\d+$/.exec(argument)?.[0] ?? 0), MAX_LENGTH);
  const generated = generatedSecret(name);
  switch (helper) {
    case 'domain': {
      const domain = domains.find(({ variable }) => variable === name) ?? domains[0];
      const suffix = domain ? addressSuffix(domain.service, domain.port) : '';
      return {
        ...variableDefaults,
        name,
        title: bilingual(`访问地址 ${name}`, `Address ${name}`),
        description: bilingual(
          '留空则使用本机地址与分配的端口',
          'leave empty for this machine and the leased port',
        ),
        type: 'host',
        default: null,
        preset: `\${STACKSCAPE_ADDRESS${suffix}}`,
      };
    }
    case 'password':
      return { ...generated, length: length || 16 };
    case 'base64':
      return { ...generated, format: 'base64', length: length || 32 };
    case 'hash':
      return { ...generated, format: 'hex', length: length || 8 };
    case 'uuid':
      return { ...generated, format: 'uuid' };
    case 'randomPort':
      return { ...generated, format: 'port', secret: false };
    case 'username':
      return { ...generated, format: 'name', length: 10 };
    case 'email':
      return { ...generated, type: 'email', format: 'email', secret: false };
    case 'jwt': {
      const [key = '', payload = ''] = argument.split(':');
      // With a number the store makes no token but that many random bytes.
      if (length > 0) return { ...generated, format: 'hex', length: length * 2 };
      if (key === '') return { ...generated, format: 'jwt' };
      const claims = fixedTimes(texts.get(payload) ?? '');
      return { ...generated, format: 'jwt', token: { key, payload: claims || null } };
    }
    default:
      return timeOf(helper, argument);
  }
}

/** `${timestamp}` in milliseconds, `${timestamps:2030-01-01T00:00:00Z}` in seconds, `${timestampms:…}`. */
function timeOf(helper: string, argument: string): string {
  const time = argument === '' ? Date.now() : Date.parse(argument);
  if (Number.isNaN(time)) return '0';
  return String(helper === 'timestamps' ? Math.floor(time / 1000) : time);
}

function fixedTimes(text: string): string {
  return text.replace(
    /\$\{(timestamps|timestampms|timestamp)(?::([^{}]*))?\}/g,
    (_, helper: string, argument = '') => timeOf(helper, String(argument)),
  );
}

/** The store's proxy ends TLS; here the app is reached without. */
function secureless(text: string): string {
  return text.replace(/https:\/\/(?=\$\{(?:domain|\w*(?:domain|host)\w*)\})/gi, 'http://');
}

function scalar(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    default:
      return value instanceof Date ? value.toISOString() : '';
  }
}

function isName(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name);
}
