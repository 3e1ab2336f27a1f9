import { entriesAt, isMapping, listAt, textAt, valueAt } from '../language/plain-data';
import type { KeyPath, YamlSource } from '../language/yaml-source';
import { defaultMetadata, type AppMetadata } from '../template/app-metadata';
import {
  assignmentsOf,
  variableDefaults,
  type VariableAssignment,
  type VariableDefinition,
  type VariableType,
} from '../template/variable-definition';
import { categoryOf } from './category';
import type { LayoutFolder, StoreLayout } from './store-layout';
import { cannotRead, portOf, sameInBoth, webAddress } from './store-texts';

/**
 * `apps/<name>/` with `config.json` (metadata and the form that a user fills in) and `docker-compose.json`, or a
 * Compose file with `x-runtipi`. The store publishes the main service's internal port at `APP_PORT`.
 * https://runtipi.io/docs/reference/dynamic-compose
 */
export const runtipi: StoreLayout = {
  name: 'runtipi',
  composeFiles: ['docker-compose.json', 'docker-compose.yml', 'docker-compose.yaml', 'compose.yml'],
  recognises: (files, data) =>
    files.has('docker-compose.json') ||
    valueAt(data, 'x-runtipi') !== null ||
    (files.has('config.json') && files.has('metadata')),
  toCompose: (source) =>
    Array.isArray(valueAt(source.data, 'services')) ? fromJson(source) : fromYaml(source),
  async read(folder, source) {
    const config = await readConfig(folder);
    const main = mainOf(source.data);
    return {
      metadata: { ...metadataOf(config, folder.name, main), variables: formFields(config) },
      assignments: storeValues(config),
    };
  },
};

async function readConfig({ readOptional, report }: LayoutFolder): Promise<unknown> {
  const text = await readOptional('config.json');
  if (text === null) return null;
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    report('broken', 'json-syntax', 'config.json', cannotRead('JSON', message));
    return null;
  }
}

interface Main {
  readonly service: string;
  readonly port: number | null;
}

/** The service that the store routes to, from either form of the Compose file. */
function mainOf(data: unknown): Main | null {
  const services = valueAt(data, 'services');
  const list = Array.isArray(services)
    ? (services as unknown[]).map((item) => ({
        name: textAt(item, 'name') ?? '',
        isMain: valueAt(item, 'isMain') === true,
        port: portOf(valueAt(item, 'internalPort')),
      }))
    : entriesAt(data, 'services').map(([name, service]) => {
        const own = valueAt(service, 'x-runtipi');
        return {
          name,
          isMain: valueAt(own, 'is_main') === true,
          port: portOf(valueAt(own, 'internal_port')),
        };
      });
  const found =
    list.find(({ isMain }) => isMain) ??
    list.find(({ port }) => port !== null) ??
    (list.length === 1 ? list[0] : undefined);
  return found ? { service: found.name, port: found.port } : null;
}

function metadataOf(config: unknown, name: string, main: Main | null): AppMetadata {
  const plain = defaultMetadata(name);
  const suffix = textAt(config, 'url_suffix');
  return {
    ...plain,
    title: sameInBoth(textAt(config, 'name')) ?? plain.title,
    description: sameInBoth(textAt(config, 'short_desc') ?? textAt(config, 'description')),
    category: categoryOf(categoriesOf(config)),
    version: textAt(config, 'version'),
    website: webAddress(textAt(config, 'website')) ?? webAddress(textAt(config, 'source')),
    main: main && {
      service: main.service,
      port: valueAt(config, 'no_gui') === true ? null : main.port,
      scheme: valueAt(config, 'https') === true ? 'https' : 'http',
      path: suffix === null ? null : `/${suffix.replace(/^\/+/, '')}`,
    },
    requirements: {
      ...plain.requirements,
      architectures: listAt(config, 'supported_architectures').filter(
        (item) => typeof item === 'string',
      ),
    },
  };
}

/** `featured` is a place in the shop window; `data` is what other stores call storage. */
function categoriesOf(config: unknown): string[] {
  const names = listAt(config, 'categories').map(String);
  return names
    .filter((name) => name !== 'featured')
    .map((name) => (name === 'data' ? 'storage' : name));
}

const TYPES: ReadonlyMap<string, VariableType> = new Map(
  Object.entries({
    text: 'string',
    password: 'password',
    random: 'password',
    email: 'email',
    number: 'integer',
    boolean: 'boolean',
    fqdn: 'host',
    ip: 'host',
    fqdnip: 'host',
    url: 'url',
  }),
);

/** The form of `config.json`. Unexpected entries are skipped. */
function formFields(config: unknown): VariableDefinition[] {
  return listAt(config, 'form_fields').flatMap((field) => {
    const name = textAt(field, 'env_variable');
    if (name === null || !/^[A-Za-z_]\w*$/.test(name)) return [];
    const options = listAt(field, 'options').flatMap((option) => {
      const value = textAt(option, 'value');
      const title = textAt(option, 'label') ?? value;
      return value === null || title === null ? [] : [{ value, title: { zh: title, en: title } }];
    });
    const kind = textAt(field, 'type') ?? 'text';
    const type: VariableType = options.length > 0 ? 'enum' : (TYPES.get(kind) ?? 'string');
    const number = (key: string) => {
      const value = Number(valueAt(field, key) ?? Number.NaN);
      return Number.isSafeInteger(value) ? value : null;
    };
    const secret = type === 'password';
    const required = valueAt(field, 'required') === true;
    const generated = secret && (kind === 'random' || required);
    const encoding = textAt(field, 'encoding');
    const length = Math.min(Math.max(number('min') ?? 32, 8), 512);
    return [
      {
        ...variableDefaults,
        name,
        title: sameInBoth(textAt(field, 'label')) ?? { zh: name, en: name },
        description: sameInBoth(textAt(field, 'hint')),
        type,
        default: secret ? null : defaultText(field),
        options,
        min: kind === 'random' ? null : number('min'),
        max: kind === 'random' ? null : number('max'),
        required: required && !generated,
        secret,
        generated,
        format: encoding === 'hex' || encoding === 'base64' ? encoding : 'password',
        length,
      },
    ];
  });
}

function defaultText(field: unknown): string | null {
  const value = valueAt(field, 'default');
  return typeof value === 'boolean' ? String(value) : textAt(field, 'default');
}

/** What the store sets for every app. */
function storeValues(config: unknown): VariableAssignment[] {
  return assignmentsOf({
    APP_DOMAIN: '${STACKSCAPE_ADDRESS}',
    APP_HOST: '${STACKSCAPE_HOST}',
    APP_PROTOCOL: 'http',
    APP_EXPOSED: 'false',
    APP_VERSION: textAt(config, 'version') ?? 'latest',
    DOMAIN: '${STACKSCAPE_HOST}',
    LOCAL_DOMAIN: '${STACKSCAPE_HOST}',
    INTERNAL_IP: '${STACKSCAPE_HOST}',
    NETWORK_INTERFACE: '0.0.0.0',
    DNS_IP: '9.9.9.9',
    ARCHITECTURE: architecture(),
    TZ: 'UTC',
    APP_STORE_ID: 'default',
    ROOT_FOLDER: './store',
    STORAGE_PATH: './store',
    RUNTIPI_APP_DATA_PATH: './store',
    RUNTIPI_MEDIA_PATH: './store/media',
    TIPI_UID: textAt(config, 'uid') ?? '1000',
    TIPI_GID: textAt(config, 'gid') ?? '1000',
  });
}

function architecture(): string {
  return process.arch === 'arm64' ? 'arm64' : 'amd64';
}

/** The store's variable for the host port of the main service, which is leased. */
const MAIN_PORT_VARIABLE = '${APP_PORT}';

/** `x-runtipi` of a Compose file: the main service is published at `APP_PORT`. */
function fromYaml(source: YamlSource): YamlSource {
  const { data } = source;
  const main = mainOf(data);
  if (!isMapping(data) || main?.port === null || main === null) return source;
  const services = entriesAt(data, 'services').map(([name, service]): [string, unknown] => {
    if (name !== main.service || !isMapping(service)) return [name, service];
    const ports = listAt(service, 'ports');
    if (ports.some((port) => JSON.stringify(port).includes('APP_PORT'))) return [name, service];
    return [name, { ...service, ports: [...ports, `${MAIN_PORT_VARIABLE}:${main.port}`] }];
  });
  return { ...source, data: { ...data, services: Object.fromEntries(services) } };
}

/** The services of a `docker-compose.json` as plain Compose. */
function fromJson(source: YamlSource): YamlSource {
  const main = mainOf(source.data);
  const list = valueAt(source.data, 'services') as unknown[];
  const overrides = listAt(source.data, 'overrides').filter(
    (item) => textAt(item, 'architecture') === architecture(),
  );
  const places = new Map<string, number>();
  const services: [string, unknown][] = list.map((item, index) => {
    const name = textAt(item, 'name') ?? `service-${index + 1}`;
    places.set(name, index);
    const own = overrides
      .flatMap((override) => listAt(override, 'services'))
      .filter((service) => textAt(service, 'name') === name && isMapping(service));
    const merged = Object.assign({}, item, ...own) as unknown;
    return [name, serviceOf(merged, main?.service === name ? main.port : null)];
  });
  return {
    data: { services: Object.fromEntries(services) },
    text: source.text,
    lineOf: (path) => source.lineOf(writtenPath(path, places)),
  };
}

/** Where a key of the plain form stands in the store's: services are a list, keys are in camel case. */
function writtenPath(path: KeyPath, places: ReadonlyMap<string, number>): KeyPath {
  const [section, name, key, ...rest] = path;
  if (section !== 'services' || name === undefined) return path;
  const index = places.get(String(name)) ?? 0;
  if (key === undefined) return ['services', index];
  const written =
    key === 'ports' ? 'addPorts' : String(key).replace(/_(\w)/g, (_, c: string) => c.toUpperCase());
  return ['services', index, written, ...rest];
}

const STORE_KEYS = new Set(
  'name isMain internalPort addPorts addToMainNetwork environment volumes healthCheck extraLabels dependsOn deploy'.split(
    ' ',
  ),
);

function serviceOf(item: unknown, mainPort: number | null): unknown {
  if (!isMapping(item)) return item;
  const others = Object.entries(item)
    .filter(([key]) => !STORE_KEYS.has(key))
    .map(([key, value]): [string, unknown] => [snakeCase(key), value]);
  const ports = [
    ...(mainPort === null ? [] : [`${MAIN_PORT_VARIABLE}:${mainPort}`]),
    ...listAt(item, 'addPorts').flatMap(addedPorts),
  ];
  const service = {
    restart: 'unless-stopped',
    ...Object.fromEntries(others),
    environment: environmentOf(valueAt(item, 'environment')),
    volumes: listAt(item, 'volumes').map(mountOf),
    ports,
    labels: valueAt(item, 'extraLabels'),
    depends_on: valueAt(item, 'dependsOn'),
    healthcheck: inSnakeCase(valueAt(item, 'healthCheck')),
    deploy: inSnakeCase(valueAt(item, 'deploy')),
  };
  return Object.fromEntries(
    Object.entries(service).filter(([, value]) => {
      return value !== null && !(Array.isArray(value) && value.length === 0);
    }),
  );
}

function environmentOf(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return Object.fromEntries(
    (value as unknown[]).flatMap((item): [string, unknown][] => {
      const name = textAt(item, 'key');
      return name === null ? [] : [[name, valueAt(item, 'value') ?? '']];
    }),
  );
}

function addedPorts(item: unknown): string[] {
  const host = valueAt(item, 'hostPort');
  const container = valueAt(item, 'containerPort');
  const address = textAt(item, 'interface');
  const udp = valueAt(item, 'udp') === true;
  const tcp = valueAt(item, 'tcp') === true || !udp;
  const port = `${address === null ? '' : `${address}:`}${String(host)}:${String(container)}`;
  return [...(tcp ? [port] : []), ...(udp ? [`${port}/udp`] : [])];
}

function mountOf(item: unknown): unknown {
  if (!isMapping(item)) return item;
  const source = textAt(item, 'hostPath') ?? textAt(item, 'volumeName') ?? textAt(item, 'source');
  const target = textAt(item, 'containerPath') ?? textAt(item, 'target');
  const propagation = textAt(valueAt(item, 'bind'), 'propagation');
  const options = [
    ...(valueAt(item, 'readOnly') === true ? ['ro'] : []),
    ...(valueAt(item, 'shared') === true ? ['z'] : []),
    ...(valueAt(item, 'private') === true ? ['Z'] : []),
    ...(propagation === null ? [] : [propagation]),
  ];
  return [source, target, ...(options.length > 0 ? [options.join(',')] : [])].join(':');
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function inSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return (value as unknown[]).map(inSnakeCase);
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [snakeCase(key), inSnakeCase(item)]),
  );
}
