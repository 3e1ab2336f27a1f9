import { splitOutsideBraces } from '../language/interpolate';
import {
  childOf,
  dataOf,
  entriesOf,
  isList,
  isMap,
  itemsOf,
  listOf,
  mapOf,
  authored,
} from './source-node';
import type { SourceNode } from './source-node';

/**
 * One service over another by the merge rules of the Compose specification: maps key by key, lists one behind
 * the other, commands replaced, and where a list holds things that may exist only once (ports, mounts,
 * devices, …) the later one replaces the earlier. Variables are not filled in yet, so two texts
 * that only become the same thing through a variable stay two.
 */
export function mergeServices(base: SourceNode, over: SourceNode): SourceNode {
  return mergeMaps(base, over, serviceRules);
}

/** The same for whole Compose files: the several paths of one `include` entry. */
export function mergeFiles(base: SourceNode, over: SourceNode): SourceNode {
  const services: Rules = { services: (one, other) => mergeMaps(one, other, everyService) };
  return mergeMaps(base, over, services);
}

type Merge = (base: SourceNode, over: SourceNode) => SourceNode;
type Rules = Readonly<Record<string, Merge>>;

const replace: Merge = (_base, over) => over;

function mergeMaps(base: SourceNode, over: SourceNode, rules: Rules): SourceNode {
  const merged = new Map(entriesOf(base));
  for (const [key, value] of entriesOf(over)) {
    const earlier = merged.get(key);
    merged.set(key, earlier ? mergeValues(earlier, value, ruleFor(rules, key)) : value);
  }
  return mapOf(merged, over.location);
}

function ruleFor(rules: Rules, key: string): Merge {
  if (Object.hasOwn(rules, key)) return rules[key] ?? mergePlain;
  return rules['*'] ?? mergePlain;
}

function mergeValues(base: SourceNode, over: SourceNode, rule: Merge): SourceNode {
  const isNull = (node: SourceNode) => node.kind === 'authored' && node.value === null;
  if (isNull(over)) return base;
  return isNull(base) ? over : rule(base, over);
}

const mergePlain: Merge = (base, over) => {
  if (isMap(base) && isMap(over)) return mergeMaps(base, over, {});
  if (isList(base) && isList(over)) return appended(base, over);
  return over;
};

/** One text or a list of texts: one behind the other, without saying the same twice. */
const appended: Merge = (base, over) => unique(base, over, (item) => JSON.stringify(dataOf(item)));

/** `NAME=value` lists and maps alike. */
const byName =
  (separator: string): Merge =>
  (base, over) => {
    if (isList(base) && isList(over))
      return listOf([...itemsOf(base), ...itemsOf(over)], over.location);
    return mergeMaps(named(base, separator), named(over, separator), { '*': mergePlain });
  };

function named(node: SourceNode, separator: string): SourceNode {
  if (!isList(node)) return node;
  const entries = itemsOf(node).map((item): [string, SourceNode] => {
    const text = String(dataOf(item));
    const cut = text.indexOf(separator);
    if (cut < 0) return [text, authored(null, item.location)];
    return [text.slice(0, cut), authored(text.slice(cut + separator.length), item.location)];
  });
  return mapOf(entries, node.location);
}

/** Lists of things that may exist once: a later one of the same key replaces the earlier. */
const once =
  (keyOf: (item: SourceNode) => string): Merge =>
  (base, over) =>
    unique(base, over, keyOf);

function unique(
  base: SourceNode,
  over: SourceNode,
  keyOf: (item: SourceNode) => string,
): SourceNode {
  const items = new Map<string, SourceNode>();
  for (const item of [...itemsOf(base), ...itemsOf(over)]) items.set(keyOf(item), item);
  return listOf([...items.values()], over.location);
}

function text(item: SourceNode, key: string): string | null {
  const value = dataOf(childOf(item, key) ?? authored(null, item.location));
  return value === null || value === undefined ? null : JSON.stringify(value).replace(/^"|"$/g, '');
}

function targetOf(item: SourceNode): string {
  if (isMap(item)) return text(item, 'target') ?? text(item, 'source') ?? '';
  const [source = '', target = source] = splitOutsideBraces(String(dataOf(item)));
  return target;
}

function portOf(item: SourceNode): string {
  if (!isMap(item)) return String(dataOf(item)).replace(/\/tcp$/, '');
  const [ip, published, target, protocol] = ['host_ip', 'published', 'target', 'protocol'].map(
    (key) => text(item, key),
  );
  const host = [ip, published].filter((part) => part !== null).map((part) => `${part}:`);
  return `${host.join('')}${target}${(protocol ?? 'tcp') === 'tcp' ? '' : `/${protocol}`}`;
}

const build: Merge = (base, over) => {
  const long = (node: SourceNode) =>
    isMap(node) ? node : mapOf([['context', node]], node.location);
  return mergeMaps(long(base), long(over), { args: byName('='), labels: byName('=') });
};

/** Options belong to their driver. */
const logging: Merge = (base, over) => {
  const [before, after] = [text(base, 'driver'), text(over, 'driver')];
  return before !== null && after !== null && before !== after ? over : mergePlain(base, over);
};

const serviceRules: Rules = {
  annotations: byName('='),
  build,
  command: replace,
  configs: once(targetOf),
  depends_on: byName('\0'),
  devices: once(targetOf),
  entrypoint: replace,
  env_file: appended,
  environment: byName('='),
  expose: appended,
  dns: appended,
  dns_opt: appended,
  dns_search: appended,
  extra_hosts: byName(':'),
  healthcheck: (base, over) => mergeMaps(base, over, { test: replace }),
  label_file: appended,
  labels: byName('='),
  logging,
  networks: byName('\0'),
  ports: once(portOf),
  profiles: appended,
  secrets: once(targetOf),
  sysctls: byName('='),
  tmpfs: appended,
  volumes: once(targetOf),
  'x-backup': (base, over) =>
    mergeMaps(base, over, { pre: replace, post: replace, restore: replace, without: appended }),
};

const everyService: Rules = { '*': mergeServices };
