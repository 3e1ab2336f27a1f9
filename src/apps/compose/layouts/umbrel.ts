import { bilingual } from '../../../platform/i18n/bilingual';
import { interpolate, soleVariable, variablesIn } from '../language/interpolate';
import { entriesAt, isMapping, listAt, textAt, valueAt, withoutKeys } from '../language/plain-data';
import { parseYaml, YamlError, type YamlSource } from '../language/yaml-source';
import { defaultMetadata, type AppMetadata } from '../template/app-metadata';
import {
  assignmentsOf,
  generatedSecret,
  variableDefaults,
  type VariableAssignment,
  type VariableDefinition,
} from '../template/variable-definition';
import { secrecyOf } from '../template/secret-names';
import { variableUsesOf } from '../template/variable-uses';
import { categoryOf } from './category';
import type { LayoutFolder, StoreLayout } from './store-layout';
import { cannotRead, portOf, sameInBoth, webAddress } from './store-texts';
import { portVariablesOf } from '../template/port-variables';
import { exportsOf } from './umbrel-exports';

/** The service that stands for the store's proxy: it names the host and the port that it reaches. */
const PROXY = 'app_proxy';

/**
 * `<name>/` with `umbrel-app.yml`, a Compose file whose `app_proxy` names the container to reach, and
 * `exports.sh` with further variables. Containers reach each other as `<name>_<service>_1`.
 * https://github.com/getumbrel/umbrel-apps
 */
export const umbrel: StoreLayout = {
  name: 'umbrel',
  recognises: (files) => files.has('umbrel-app.yml') || files.has('umbrel-app.yaml'),
  toCompose: (source, name, { casaPort }) => ({
    ...source,
    data: composeOf(source.data, name, casaPort?.published ?? null),
  }),
  async read(folder, source) {
    const manifest = await readManifest(folder);
    const id = textAt(manifest, 'id') ?? folder.name;
    const script = (await folder.readOptional('exports.sh')) ?? '';
    const defaulted = variableUsesOf(source.data).filter(({ operator }) => operator.endsWith('-'));
    const exported = exportsOf(script, new Set(defaulted.map(({ name }) => name)));
    const assignments = [
      ...storeValues(manifest, id),
      ...exported.assignments,
      ...addressesOf(source.data, folder.name),
    ];
    const port = portOf(valueAt(manifest, 'port'));
    const metadata = metadataOf(manifest, source.data, folder.name, id, assignments);
    const own = secrets().filter(({ name }) => `${source.text}${script}`.includes(name));
    const isSet = new Set(
      [...assignments, ...exported.definitions, ...own].map(({ name }) => name),
    );
    const others = fromOtherApps(manifest, source, script, isSet, folder);
    // A container that listens on the manifest's port itself may have its number from the same variable.
    const isOther = port !== null && metadata.main?.port !== null && metadata.main?.port !== port;
    return {
      metadata: { ...metadata, variables: [...own, ...exported.definitions, ...others] },
      assignments: isOther ? withOwnPort(assignments, port, source.data) : assignments,
      // Without a proxy the template itself publishes the port of the manifest.
      casaPort: port === null ? null : { published: port, variable: null },
    };
  },
};

async function readManifest({ readOptional, report }: LayoutFolder): Promise<unknown> {
  const text = (await readOptional('umbrel-app.yml')) ?? (await readOptional('umbrel-app.yaml'));
  if (text === null) return null;
  try {
    return parseYaml(text).data;
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    report('broken', error.code, 'umbrel-app.yml', cannotRead('YAML', error.message), error.line);
    return null;
  }
}

/**
 * What an app takes from the apps that it depends on (`APP_BITCOIN_NODE_IP`, …), as questions: those run as apps
 * of their own, at addresses that only their owner knows. One that mounts a folder of another app cannot run.
 */
function fromOtherApps(
  manifest: unknown,
  { data, text }: YamlSource,
  script: string,
  isSet: ReadonlySet<string>,
  { report }: LayoutFolder,
): VariableDefinition[] {
  const apps = listAt(manifest, 'dependencies').filter((item) => typeof item === 'string');
  const appOf = new Map<string, string>();
  for (const { name } of variablesIn(`${text}\n${script}`)) {
    const app = apps.find((item) => name.startsWith(prefixOf(item)));
    if (app !== undefined && !isSet.has(name)) appOf.set(name, app);
  }
  const folders = variableUsesOf(data).filter(({ beginsPath }) => beginsPath);
  const mounted = [...new Set(folders.flatMap(({ name }) => appOf.get(name) ?? []))];
  if (mounted.length > 0) {
    const names = mounted.join(', ');
    report(
      'unsupported',
      'needs-app',
      'umbrel-app.yml',
      bilingual(
        `挂载应用 ${names} 的文件夹，尚不支持`,
        `mounts a folder of the app ${names}, which is not supported`,
      ),
    );
  } else if (apps.length > 0) {
    const names = apps.join(', ');
    report(
      'note',
      'needs-app',
      'umbrel-app.yml',
      bilingual(
        `需要应用 ${names} 同时运行，其地址和密码须在安装时填写`,
        `needs the app ${names} beside it: enter its addresses and passwords at install`,
      ),
    );
  }
  return [...appOf].map(([name, app]) => neededFrom(app, name));
}

/** What the variables begin with that an app exports. */
function prefixOf(app: string): string {
  return `APP_${app.toUpperCase().replace(/\W/g, '_')}_`;
}

function neededFrom(app: string, name: string): VariableDefinition {
  const secret = secrecyOf(name) !== null;
  const type = secret
    ? 'password'
    : /_PORT$/.test(name)
      ? 'integer'
      : /_(IP|HOST|DOMAIN)$/.test(name)
        ? 'host'
        : 'string';
  return {
    ...variableDefaults,
    name,
    title: bilingual(name, name),
    description: bilingual(
      `来自应用 ${app}，须在本机或网络中运行`,
      `of the app ${app}, which runs on this machine or in its network`,
    ),
    type,
    default: null,
    required: true,
    secret,
    ...(type === 'integer' ? { min: 1, max: 65_535 } : {}),
  };
}

/** The name by which the others of an app reach a service. */
function hostOf(app: string, service: string): string {
  return `${app}_${service}_1`;
}

/** Without the proxy, with the names of its containers and without the store's fixed addresses. */
function composeOf(data: unknown, name: string, port: number | null): unknown {
  if (!isMapping(data) || !isMapping(data.services)) return data;
  const services = entriesAt(data, 'services')
    .filter(([service]) => service !== PROXY)
    .map(([service, value]): [string, unknown] => {
      if (!isMapping(value)) return [service, value];
      return [
        service,
        {
          container_name: hostOf(name, service),
          ...value,
          ...(value.environment === undefined
            ? {}
            : { environment: withOwnAddress(value.environment, port) }),
          ...(isMapping(value.networks) ? { networks: withoutAddresses(value.networks) } : {}),
          ...(value.depends_on === undefined ? {} : { depends_on: withoutProxy(value.depends_on) }),
        },
      ];
    });
  return { ...data, services: Object.fromEntries(services) };
}

/** The store reaches every app at the port of its manifest, which templates write into addresses. */
function withOwnAddress(environment: unknown, port: number | null): unknown {
  if (port === null) return environment;
  const host =
    '(?:\\$\\{?(?:DEVICE_DOMAIN_NAME|DEVICE_HOSTNAME|APP_DOMAIN)\\}?(?:\\.local)?|umbrel\\.local)';
  const own = new RegExp(`${host}:${port}(?!\\d)`, 'g');
  const changed = (value: unknown): unknown =>
    typeof value === 'string' ? value.replace(own, '${STACKSCAPE_ADDRESS}') : value;
  if (Array.isArray(environment)) return (environment as unknown[]).map(changed);
  if (!isMapping(environment)) return environment;
  return Object.fromEntries(
    Object.entries(environment).map(([key, value]) => [key, changed(value)]),
  );
}

function withoutAddresses(networks: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(networks).map(([key, value]) => {
      return [key, isMapping(value) ? withoutKeys(value, 'ipv4_address') : value];
    }),
  );
}

function withoutProxy(dependsOn: unknown): unknown {
  if (Array.isArray(dependsOn)) return (dependsOn as unknown[]).filter((name) => name !== PROXY);
  return isMapping(dependsOn) ? withoutKeys(dependsOn, PROXY) : dependsOn;
}

/** A fixed address of a service, wherever its variable is used, is the service's name. */
function addressesOf(data: unknown, name: string): VariableAssignment[] {
  return entriesAt(data, 'services').flatMap(([service, value]) =>
    entriesAt(value, 'networks').flatMap(([, attachment]) => {
      const variable = soleVariable(textAt(attachment, 'ipv4_address') ?? '');
      return variable === null ? [] : [{ name: variable, value: hostOf(name, service) }];
    }),
  );
}

function metadataOf(
  manifest: unknown,
  data: unknown,
  name: string,
  id: string,
  assignments: readonly VariableAssignment[],
): AppMetadata {
  const plain = defaultMetadata(name);
  const values = new Map<string, string>();
  const filled = (text: string) => interpolate(text, (variable) => values.get(variable));
  for (const { name: variable, value } of assignments) values.set(variable, filled(value));
  const environment = valueAt(valueAt(valueAt(data, 'services'), PROXY), 'environment');
  const setting = (key: string): string | null => {
    const line = Array.isArray(environment)
      ? (environment as unknown[]).map(String).find((item) => item.startsWith(`${key}=`))
      : undefined;
    const text = line?.slice(key.length + 1) ?? textAt(environment, key);
    return text === null ? null : filled(text).trim();
  };
  const host = setting('APP_HOST');
  const services = entriesAt(data, 'services')
    .map(([service]) => service)
    .filter((service) => service !== PROXY);
  const service =
    services.find((item) => host === hostOf(id, item) || host === hostOf(name, item)) ??
    services.find((item) => host === item || host?.endsWith(`_${item}_1`)) ??
    entriesAt(data, 'services').find(
      ([, value]) => host !== null && textAt(value, 'container_name') === host,
    )?.[0] ??
    (services.length === 1 ? services[0] : null) ??
    null;
  const path = textAt(manifest, 'path');
  const user = textAt(manifest, 'defaultUsername');
  const password = textAt(manifest, 'defaultPassword');
  const own = valueAt(manifest, 'deterministicPassword') === true;
  const login = [user, own ? null : password].filter((item) => item !== null).join(' / ');
  return {
    ...plain,
    title: sameInBoth(textAt(manifest, 'name')) ?? plain.title,
    description: sameInBoth(textAt(manifest, 'tagline') ?? textAt(manifest, 'description')),
    tips: login === '' ? null : { zh: `初始登录：${login}`, en: `First login: ${login}` },
    category: categoryOf([textAt(manifest, 'category') ?? '']),
    version: textAt(manifest, 'version'),
    website: webAddress(textAt(manifest, 'website')) ?? webAddress(textAt(manifest, 'repo')),
    documentation: webAddress(textAt(manifest, 'support')),
    icon: webAddress(textAt(manifest, 'icon')),
    main: {
      service,
      port: portOf(setting('APP_PORT')) ?? portOf(valueAt(manifest, 'internalPort')),
      scheme: 'http',
      path: path === null ? null : `/${path.replace(/^\/+/, '')}`,
    },
    login: own ? { user, passwordVariable: 'APP_PASSWORD', path: null } : null,
  };
}

/** Secrets that the store derives for each app. */
function secrets(): VariableDefinition[] {
  return [
    generatedSecret('APP_PASSWORD', bilingual('密码', 'Password')),
    { ...generatedSecret('APP_SEED', bilingual('种子', 'Seed')), format: 'hex', length: 64 },
  ];
}

function storeValues(manifest: unknown, id: string): VariableAssignment[] {
  return assignmentsOf({
    APP_ID: id,
    APP_VERSION: textAt(manifest, 'version') ?? 'latest',
    APP_DOMAIN: '${STACKSCAPE_HOST}',
    APP_PROXY_PORT: '${STACKSCAPE_PORT}',
    DEVICE_HOSTNAME: '${STACKSCAPE_HOST}',
    DEVICE_DOMAIN_NAME: '${STACKSCAPE_HOST}',
    APP_HIDDEN_SERVICE: 'notyetset.onion',
    APP_MANIFEST_FILE: './umbrel-app.yml',
    EXPORTS_APP_ID: id,
    EXPORTS_APP_DIR: '.',
    EXPORTS_TOR_DATA_DIR: './store/tor',
    TOR_DATA_DIR: './store/tor',
    NETWORK_IP: '10.21.0.0',
    GATEWAY_IP: '10.21.0.1',
    TOR_PROXY_IP: '10.21.21.11',
    TOR_PROXY_PORT: '9050',
    TZ: 'UTC',
  });
}

/** `APP_GARDEN_PORT="4411"` with the manifest's own port means the port at which people reach the app. */
function withOwnPort(
  assignments: readonly VariableAssignment[],
  port: number,
  data: unknown,
): VariableAssignment[] {
  const published = portVariablesOf(data);
  return assignments.map((item) => {
    const own = item.value === String(port) && /^APP_\w+_PORT$/.test(item.name);
    return own && !published.has(item.name) ? { ...item, value: '${STACKSCAPE_PORT}' } : item;
  });
}
