import type { Bilingual } from '../../../platform/i18n/bilingual';
import { categoryOf } from './category';
import { webAddress } from './store-texts';
import { defaultMetadata, type AppMetadata } from '../template/app-metadata';
import { soleVariable } from '../language/interpolate';
import type { CasaPort } from '../template/template';
import type { StoreLayout } from './store-layout';
import type { VariableAssignment } from '../template/variable-definition';
import { isMapping, listAt, textAt, valueAt } from '../language/plain-data';

/** What a CasaOS store sets on its own. */
const CASA_ASSIGNMENTS: readonly VariableAssignment[] = [
  { name: 'PUID', value: '1000' },
  { name: 'PGID', value: '1000' },
  { name: 'TZ', value: 'UTC' },
  { name: 'DefaultUserName', value: 'admin' },
];

/**
 * The `x-casaos` block of a Compose file, or null. Older templates keep most of it at the main service, and
 * what the container publishes below `container`; the block at the top of the file wins.
 */
export function casaBlockOf(root: unknown): unknown {
  const top = valueAt(root, 'x-casaos');
  if (top === null) return null;
  const services = valueAt(root, 'services');
  const main = textAt(top, 'main') ?? textAt(top, 'main_app');
  const older = main === null ? null : valueAt(valueAt(services, main), 'x-casaos');
  return {
    ...mapping(valueAt(older, 'container')),
    ...mapping(older),
    ...(main === null ? {} : { main }),
    ...mapping(top),
  };
}

/** What an `x-casaos` block says. Unexpected values are skipped: foreign metadata is optional. */
export function readCasaMetadata(data: unknown, name: string): AppMetadata {
  const plain = defaultMetadata(name);
  const scheme = textAt(data, 'scheme');
  return {
    ...plain,
    title: localised(valueAt(data, 'title')) ?? plain.title,
    description: localised(valueAt(data, 'tagline')) ?? localised(valueAt(data, 'description')),
    tips:
      tipsOf(valueAt(valueAt(data, 'tips'), 'before_install')) ??
      localised(valueAt(valueAt(data, 'tips'), 'custom')),
    category: categoryOf([textAt(data, 'category') ?? '']),
    version: textAt(data, 'version'),
    website: webAddress(textAt(data, 'website')) ?? webAddress(textAt(data, 'repo')),
    documentation: webAddress(textAt(data, 'docs')),
    icon: webAddress(textAt(data, 'icon')),
    main: {
      service: textAt(data, 'main'),
      // `port_map` is the published port; the template maps it to a container port.
      port: null,
      scheme: scheme === 'https' ? 'https' : 'http',
      path: pathOf(textAt(data, 'index')),
    },
    requirements: {
      ...plain.requirements,
      architectures: listAt(data, 'architectures').filter((item) => typeof item === 'string'),
    },
  };
}

/** `port_map`, as a number or as `${WEBUI_PORT:-8080}`; null where it is unusable. */
export function casaPortOf(data: unknown): CasaPort | null {
  const text = textAt(data, 'port_map');
  if (text === null) return null;
  const variable = soleVariable(text);
  const preset = variable === null ? text : (/:?-(\d+)\}$/.exec(text)?.[1] ?? '');
  const port = /^\d{1,5}$/.test(preset) ? Number(preset) : 0;
  const published = port > 0 && port < 65_536 ? port : null;
  return variable === null && published === null ? null : { published, variable };
}

/** Texts by locale (`en_us`, `en_US`, `zh_cn`, …), or one text for all. */
function localised(value: unknown): Bilingual | null {
  if (typeof value === 'string' && value.trim() !== '')
    return { zh: value.trim(), en: value.trim() };
  const byLocale = new Map<string, string>();
  for (const key of Object.keys(mapping(value))) {
    const text = textAt(value, key);
    if (text !== null) byLocale.set(key.toLowerCase().replace('-', '_'), text);
  }
  const first = (...locales: readonly string[]) =>
    locales.map((locale) => byLocale.get(locale)).find((text) => text !== undefined);
  const en = first('en_us', 'en_gb', 'en_uk', 'en');
  const zh = first('zh_cn', 'zh_hans', 'zh_tw', 'zh');
  const any = en ?? zh ?? first('custom') ?? [...byLocale.values()][0];
  return any === undefined ? null : { zh: zh ?? any, en: en ?? any };
}

/** Tips are one text by locale or, as they were once, a list of lines with a value each. */
function tipsOf(value: unknown): Bilingual | null {
  if (!Array.isArray(value)) return localised(value);
  const lines = (value as unknown[]).map((item): Bilingual => {
    const text = localised(valueAt(item, 'content')) ?? { zh: '', en: '' };
    const behind = textAt(item, 'value');
    const line = (start: string) => [start, behind].filter(Boolean).join(' ');
    return { zh: line(text.zh), en: line(text.en) };
  });
  const joined = (language: keyof Bilingual) =>
    lines
      .map((line) => line[language])
      .join('\n')
      .trim();
  return joined('en') === '' ? null : { zh: joined('zh'), en: joined('en') };
}

/** Where a page begins: an absolute path, without the name of the host. */
function pathOf(text: string | null): string | null {
  if (text === null) return null;
  return /^[/?#]/.test(text) ? text.replace(/^[?#]/, '/$&') : `/${text}`;
}

function mapping(value: unknown): Record<string, unknown> {
  return isMapping(value) ? value : {};
}

/** `<catalog>/Apps/<Name>/docker-compose.yml` with an `x-casaos` block. */
export const casaos: StoreLayout = {
  name: 'casaos',
  recognises: (_, data) => casaBlockOf(data) !== null,
  read: ({ name }, { data }) => {
    const casa = casaBlockOf(data);
    return Promise.resolve({
      metadata: readCasaMetadata(casa, name),
      assignments: CASA_ASSIGNMENTS,
      casaPort: casaPortOf(casa),
    });
  },
};
