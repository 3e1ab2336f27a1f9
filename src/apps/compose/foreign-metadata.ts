import { plainMetadata, type AppMetadata } from './app-metadata';
import type { Cursor } from './template-reader';

/** What a Websoft9 `variables.json` says: the name people know and the versions on offer. */
export function readVariablesJson(text: string, name: string): AppMetadata {
  const plain = plainMetadata(name);
  let data: unknown;
  try {
    data = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    // Foreign metadata is a courtesy: the template works without it.
    return plain;
  }
  const trademark = textAt(data, 'trademark') ?? name;
  const editions = listAt(data, 'edition');
  const versions = editions.flatMap((edition) => {
    const one = textAt(edition, 'version');
    const many = listAt(edition, 'version').filter((version) => typeof version === 'string');
    return one === null ? many : [one];
  });
  const requirements = valueAt(data, 'requirements');
  return {
    ...plain,
    title: { zh: trademark, en: trademark },
    versions: [...new Set(versions)],
    requirements: {
      memory: gigabytes(valueAt(requirements, 'memory')),
      disk: gigabytes(valueAt(requirements, 'disk')),
      architectures: [],
    },
  };
}

/** What a CasaOS `x-casaos` block says. */
export function readCasaMetadata(data: unknown, name: string): AppMetadata {
  const plain = plainMetadata(name);
  const title = localised(valueAt(data, 'title')) ?? plain.title;
  const scheme = textAt(data, 'scheme');
  return {
    ...plain,
    title,
    description: localised(valueAt(data, 'tagline')) ?? localised(valueAt(data, 'description')),
    category: casaCategories[textAt(data, 'category') ?? ''] ?? plain.category,
    icon: textAt(data, 'icon'),
    main: {
      service: textAt(data, 'main'),
      // `port_map` is the published port; which container port that is the template knows.
      port: null,
      scheme: scheme === 'https' ? 'https' : 'http',
    },
    requirements: {
      ...plain.requirements,
      architectures: listAt(data, 'architectures').filter((item) => typeof item === 'string'),
    },
  };
}

/** The published port that a CasaOS template calls its main one. */
export function casaPortOf(data: unknown): number | null {
  const port = Number(textAt(data, 'port_map'));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : null;
}

/** The `x-casaos` block of a Compose file, or null. */
export function casaBlockOf(root: Cursor['value']): unknown {
  return valueAt(root, 'x-casaos');
}

const casaCategories: Readonly<Record<string, string>> = {
  Analytics: 'analytics',
  Automation: 'automation',
  Chat: 'communication',
  Cloud: 'storage',
  Database: 'database',
  Developer: 'development',
  Downloader: 'tool',
  Gallery: 'media',
  Media: 'media',
  Network: 'network',
  Networking: 'network',
  Productivity: 'knowledge',
  Utilities: 'tool',
  'Home Automation': 'automation',
};

function localised(value: unknown): { zh: string; en: string } | null {
  if (typeof value === 'string' && value) return { zh: value, en: value };
  const en = textAt(value, 'en_us') ?? textAt(value, 'en_US') ?? textAt(value, 'en_gb');
  const zh = textAt(value, 'zh_cn') ?? textAt(value, 'zh_CN') ?? textAt(value, 'zh_tw');
  const any = en ?? zh ?? textAt(value, 'custom');
  return any === null ? null : { zh: zh ?? any, en: en ?? any };
}

function gigabytes(value: unknown): number | null {
  const number = Number(value);
  return value !== null && value !== '' && number > 0 ? Math.round(number * 1024 ** 3) : null;
}

function valueAt(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return null;
  return (value as Record<string, unknown>)[key];
}

function textAt(value: unknown, key: string): string | null {
  const found = valueAt(value, key);
  if (typeof found === 'number') return String(found);
  return typeof found === 'string' && found.trim() !== '' ? found.trim() : null;
}

function listAt(value: unknown, key: string): unknown[] {
  const found = valueAt(value, key);
  return Array.isArray(found) ? found : [];
}
