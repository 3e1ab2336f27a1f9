import { bilingual } from '../../../platform/i18n/bilingual';
import { insideProject } from '../language/app-folder-path';
import { variablesIn } from '../language/interpolate';
import { entriesAt, isMapping, listAt, textAt, valueAt, withoutKeys } from '../language/plain-data';
import type { YamlSource } from '../language/yaml-source';
import { addressSuffix } from '../template/address-names';
import { secrecyOf } from '../template/secret-names';
import { defaultMetadata } from '../template/app-metadata';
import type { TemplateFile } from '../template/template';
import {
  generatedSecret,
  variableDefaults,
  type VariableAssignment,
  type VariableDefinition,
} from '../template/variable-definition';
import { categoryOf } from './category';
import type { LayoutReading, StoreLayout } from './store-layout';
import { portOf, sameInBoth, webAddress } from './store-texts';
import { isDatabaseService, webPortOf } from './web-port';

const HEAD_KEYS = 'documentation|slogan|category|tags|logo|port|env_file|ignore|minversion';

/**
 * A Compose file with a head of `# key: value` lines, alone (`<name>.yaml`) or in a folder, whose variables the
 * store fills in by their names (`SERVICE_PASSWORD_DB`, `SERVICE_URL_WEB_3000`).
 * https://coolify.io/docs/knowledge-base/docker/compose
 */
export const coolify: StoreLayout = {
  name: 'coolify',
  recognises: (_files, _data, text) =>
    headOf(text).size > 0 || /\bSERVICE_(FQDN|URL|PASSWORD|USER|BASE64)_[A-Z]/.test(text),
  toCompose: (source, _name, reading) => ({
    ...source,
    data: withOwnAddresses(withoutStoreKeys(source.data), reading),
  }),
  read({ name }, source) {
    const head = headOf(source.text);
    const plain = defaultMetadata(name);
    const reached = reachedPorts(source, portOf(head.get('port')), name);
    const [main, ...others] = reached;
    const magic = magicVariables(source, reached);
    return Promise.resolve({
      metadata: {
        ...plain,
        title: sameInBoth(titleOf(name)) ?? plain.title,
        description: sameInBoth(head.get('slogan') ?? null),
        category: categoryOf([head.get('category') ?? '', ...(head.get('tags') ?? '').split(',')]),
        documentation: webAddress(head.get('documentation') ?? null),
        icon: webAddress(head.get('logo') ?? null),
        main: main ? { service: main.service, port: main.port, scheme: 'http', path: null } : null,
        variables: [...magic.definitions, ...prefilledOf(source.text)],
      },
      assignments: magic.assignments,
      files: filesOf(source.data),
      publish: others.map(({ service, port }) => ({ service, port })),
    });
  },
};

/** The `# key: value` lines before the first key. */
export function headOf(text: string): Map<string, string> {
  const head = new Map<string, string>();
  for (const line of text.split('\n', 40)) {
    if (line.trim() === '') continue;
    if (!line.startsWith('#')) break;
    const found = new RegExp(`^#\\s*(${HEAD_KEYS})\\s*:\\s*(.+)$`).exec(line.trimEnd());
    if (found?.[1] && found[2]) head.set(found[1], found[2].trim());
  }
  return head;
}

function titleOf(name: string): string {
  return name.replace(/[-_]+/g, ' ').replace(/\b\w/g, (letter) => letter.toUpperCase());
}

/** `exclude_from_hc` of a service; `content`, `is_directory` and `isDirectory` of a mount. */
function withoutStoreKeys(data: unknown): unknown {
  if (!isMapping(data) || !isMapping(data.services)) return data;
  const services = Object.entries(data.services).map(([name, service]): [string, unknown] => {
    if (!isMapping(service)) return [name, service];
    const rest = withoutKeys(service, 'exclude_from_hc');
    if (!Array.isArray(rest.volumes)) return [name, rest];
    const volumes = (rest.volumes as unknown[]).map((item) => {
      return isMapping(item) ? withoutKeys(item, 'content', 'is_directory', 'isDirectory') : item;
    });
    return [name, { ...rest, volumes }];
  });
  return { ...data, services: Object.fromEntries(services) };
}

/** What a container asks its shell for: `$${COOLIFY_URL}`. */
const ASKED_IN_CONTAINER = /\$\$\{?COOLIFY_(?:URL|FQDN)\b/;

/** The store tells each container where people reach it. Only those that use that are told here. */
function withOwnAddresses(data: unknown, { metadata, publish = [] }: LayoutReading): unknown {
  const main = metadata?.main;
  if (!main?.service || main.port === null || !isMapping(data)) return data;
  const services = entriesAt(data, 'services').map(([name, service]): [string, unknown] => {
    if (!isMapping(service) || !ASKED_IN_CONTAINER.test(JSON.stringify(service))) {
      return [name, service];
    }
    const own = [main, ...publish].find((item) => item.service === name) ?? main;
    const suffix = addressSuffix(own.service ?? '', own.port ?? 0);
    const added = {
      COOLIFY_URL: `\${STACKSCAPE_URL${suffix}}`,
      COOLIFY_FQDN: `\${STACKSCAPE_ADDRESS${suffix}}`,
    };
    const { environment } = service;
    const merged = Array.isArray(environment)
      ? [
          ...Object.entries(added).map(([key, value]) => `${key}=${value}`),
          ...(environment as unknown[]),
        ]
      : { ...added, ...(isMapping(environment) ? environment : {}) };
    return [name, { ...service, environment: merged }];
  });
  return { ...data, services: Object.fromEntries(services) };
}

/** Files that a mount carries as its `content`. */
function filesOf(data: unknown): TemplateFile[] {
  return entriesAt(data, 'services').flatMap(([, service]) =>
    listAt(service, 'volumes').flatMap((item) => {
      const content = valueAt(item, 'content');
      const source = textAt(item, 'source');
      if (typeof content !== 'string' || source === null || !insideProject(source)) return [];
      return [{ path: source.replace(/^(\.\/)+/, ''), content, hasVariables: false }];
    }),
  );
}

interface Reached {
  readonly service: string;
  readonly port: number;
  /** What stands behind `SERVICE_URL_`, without the port. */
  readonly id: string;
}

/** Traefik takes the only port that an image exposes; most images of the store expose this one. */
const USUAL_PORT = 80;

/**
 * The ports that the store's proxy would reach: a service is reached where its environment holds
 * `SERVICE_URL_<ID>_<PORT>` or `SERVICE_FQDN_<ID>_<PORT>`, or where its own name stands behind `SERVICE_URL_`
 * anywhere. The one of the head's `port` comes first; without a number the port is what the service says itself.
 */
function reachedPorts({ data, text }: YamlSource, headPort: number | null, app: string): Reached[] {
  const found = new Map<string, Reached>();
  const services = entriesAt(data, 'services');
  const add = (service: string, port: number, id: string) => {
    const key = `${service}:${port}`;
    if (!found.has(key)) found.set(key, { service, port, id });
  };
  for (const [service, value] of services) {
    for (const name of environmentNames(value)) {
      const parts = ADDRESS.exec(name);
      if (!parts) continue;
      const port = portOf(parts[2]) ?? headPort ?? webPortOf(value) ?? USUAL_PORT;
      add(service, port, parts[1] ?? '');
    }
  }
  if (found.size === 0) {
    for (const { name } of variablesIn(text)) {
      const [, id = '', port] = ADDRESS.exec(name) ?? [];
      const [service, value] = services.find(([key]) => id !== '' && isNamed(key, id)) ?? [];
      if (service === undefined) continue;
      add(service, portOf(port) ?? headPort ?? webPortOf(value) ?? USUAL_PORT, id);
    }
  }
  const reached = [...found.values()];
  if (reached.length === 0 && !services.some(([, value]) => listAt(value, 'ports').length > 0)) {
    const web = services.filter(([, value]) => !isDatabaseService(value));
    const [service, value] = web.find(([key]) => key === app) ?? web[0] ?? [];
    const port = headPort ?? webPortOf(value);
    return service === undefined || port === null ? [] : [{ service, port, id: '' }];
  }
  return reached.sort((a, b) => Number(b.port === headPort) - Number(a.port === headPort));
}

const ADDRESS = /^SERVICE_(?:URL|FQDN)_(\w+?)(?:_(\d{1,5}))?$/;

/** `authentik-server` is called `AUTHENTIKSERVER` or `AUTHENTIK_SERVER`. */
function isNamed(service: string, id: string): boolean {
  return idOf(service).replaceAll('_', '') === id.replaceAll('_', '');
}

/** Names that an environment declares: `- NAME`, `- NAME=value`, `NAME: value`. */
function environmentNames(service: unknown): string[] {
  const environment = valueAt(service, 'environment');
  if (Array.isArray(environment)) {
    return (environment as unknown[]).map((item) => String(item).split('=', 1)[0] ?? '');
  }
  return isMapping(environment) ? Object.keys(environment) : [];
}

interface Magic {
  readonly definitions: VariableDefinition[];
  readonly assignments: VariableAssignment[];
}

/** Every `SERVICE_…` of the file as a generated secret or as an address. */
function magicVariables(source: YamlSource, reached: readonly Reached[]): Magic {
  const names = new Set<string>();
  for (const [, service] of entriesAt(source.data, 'services')) {
    for (const name of environmentNames(service)) names.add(name);
  }
  for (const { name } of variablesIn(source.text)) names.add(name);
  const definitions: VariableDefinition[] = [];
  const assignments: VariableAssignment[] = [];
  const services = entriesAt(source.data, 'services').map(([name]) => name);
  const whole = fqdnIsUrl(source.text);
  const magic = [...names].filter((name) => name.startsWith('SERVICE_'));
  for (const name of magic) {
    const address = /^SERVICE_(URL|FQDN)_(\w+?)(?:_(\d{1,5}))?$/.exec(name);
    if (address) {
      const [, kind, id = '', port] = address;
      // Of a service of another template, where this one has nothing that the proxy reaches.
      if (reached.length === 0) continue;
      const suffix = suffixOf(id, portOf(port), reached, services);
      const url = kind === 'URL' || whole;
      assignments.push({ name, value: `\${STACKSCAPE_${url ? 'URL' : 'ADDRESS'}${suffix}}` });
    } else if (name.startsWith('SERVICE_NAME_')) {
      const service = services.find((item) => idOf(item) === name.slice('SERVICE_NAME_'.length));
      if (service) assignments.push({ name, value: service });
    } else {
      const definition = generatedOf(name);
      if (definition) definitions.push(definition);
    }
  }
  if (definitions.some(({ token }) => token) && !names.has('SERVICE_PASSWORD_JWT')) {
    const key = generatedOf('SERVICE_PASSWORD_JWT');
    if (key) definitions.unshift(key);
  }
  // A token is signed with a key that may stand behind it.
  definitions.sort((one, other) => Number(one.format === 'jwt') - Number(other.format === 'jwt'));
  return { definitions, assignments };
}

/** `${NAME:?value}` is required and filled in with the value; one with spaces is a message, as in Compose. */
function prefilledOf(text: string): VariableDefinition[] {
  const found = new Map<string, VariableDefinition>();
  for (const { name, operator, word } of variablesIn(text)) {
    const prefilled = operator.endsWith('?') && /^[^\s$]+$/.test(word);
    // A secret is generated in place of a public one.
    if (!prefilled || name.startsWith('SERVICE_') || secrecyOf(name) !== null) continue;
    const title = bilingual(name, name);
    const asked = { ...variableDefaults, name, title, type: 'string' as const, required: true };
    found.set(name, { ...asked, default: word });
  }
  return [...found.values()];
}

function idOf(service: string): string {
  return service.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}

function suffixOf(
  id: string,
  port: number | null,
  reached: readonly Reached[],
  services: readonly string[],
): string {
  const found =
    reached.find((item) => item.id === id && (port === null || item.port === port)) ??
    reached.find((item) => item.id === id);
  if (found) return addressSuffix(found.service, found.port);
  const service = services.find((name) => isNamed(name, id));
  const own = reached.find((item) => item.service === service);
  return own ? addressSuffix(own.service, own.port) : '';
}

/** Older templates have the whole address in `SERVICE_FQDN_…`; those with `SERVICE_URL_…` only the host. */
function fqdnIsUrl(text: string): boolean {
  return !/SERVICE_URL_/.test(text) && !/:\/\/\$\{?SERVICE_FQDN_/.test(text);
}

const TOKEN_ROLES: ReadonlyMap<string, string> = new Map([
  ['SERVICE_SUPABASEANON_KEY', 'anon'],
  ['SERVICE_SUPABASESERVICE_KEY', 'service_role'],
]);

/** How the store makes a value, by the name of its variable; null for names that it does not know. */
function generatedOf(name: string): VariableDefinition | null {
  const base = generatedSecret(name);
  const role = TOKEN_ROLES.get(name);
  if (role !== undefined) {
    const payload = JSON.stringify({ role, iss: 'supabase' });
    return { ...base, format: 'jwt', token: { key: 'SERVICE_PASSWORD_JWT', payload } };
  }
  const parts =
    /^SERVICE_(PASSWORDWITHSYMBOLS|PASSWORD|LOWERCASEUSER|USER|REALBASE64|BASE64|HEX)(?:_(32|64|128))?_\w+$/.exec(
      name,
    );
  if (!parts) return null;
  const length = Number(parts[2] ?? 32);
  switch (parts[1]) {
    case 'LOWERCASEUSER':
    case 'USER':
      return { ...base, format: 'name', length: 16 };
    case 'PASSWORDWITHSYMBOLS':
      return { ...base, format: 'symbols', length };
    case 'REALBASE64':
      return { ...base, format: 'base64', length };
    case 'HEX':
      return { ...base, format: 'hex', length: length * 2 };
    default:
      return { ...base, length };
  }
}
