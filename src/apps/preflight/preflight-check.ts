import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import type { ResolvedApp } from '../compose/resolve/resolved-app';
import type { Template } from '../compose/template/template';
import { listVariables } from '../compose/template/template-variables';
import type { PlannedImage } from './planned-images';
import type { ImageLookup } from './registry-manifests';
import type { EngineVersion } from '../../platform/docker/engine-types';
import { parseImageReference } from '../../platform/docker/image-reference';

/** One code per check; the order is that of the answer. */
export const PREFLIGHT_CODES = [
  'engine',
  'engine-version',
  'not-installed',
  'container-name',
  'networks',
  'variables',
  'volumes',
  'placement',
  'architecture',
  'memory',
  'disk',
  'ports',
  'registry',
] as const;

export type PreflightCode = (typeof PREFLIGHT_CODES)[number];

/** `error`: an install would fail or is refused. `warning`: worth knowing. */
export type CheckLevel = 'ok' | 'warning' | 'error';

export interface PreflightCheck {
  readonly code: PreflightCode;
  readonly level: CheckLevel;
  readonly message: Bilingual;
}

export function passed(code: PreflightCode, zh = '通过', en = 'passed'): PreflightCheck {
  return { code, level: 'ok', message: bilingual(zh, en) };
}

function warned(code: PreflightCode, zh: string, en: string): PreflightCheck {
  return { code, level: 'warning', message: bilingual(zh, en) };
}

export function failed(code: PreflightCode, zh: string, en: string): PreflightCheck {
  return { code, level: 'error', message: bilingual(zh, en) };
}

/** API 1.41 is what the installer is written and tested against. */
const MIN_API_VERSION = '1.41';

export function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = than.split('.').map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

export function checkVersion({
  version,
  apiVersion,
}: Pick<EngineVersion, 'version' | 'apiVersion'>): PreflightCheck {
  if (!isOlder(apiVersion, MIN_API_VERSION)) return passed('engine-version');
  return failed(
    'engine-version',
    `Docker ${version} 太旧（API ${apiVersion}），需要 20.10 或更新版本`,
    `Docker ${version} is too old (API ${apiVersion}); 20.10 or newer is needed`,
  );
}

/** Variables that the template uses and that stay blank: often meant to, so a warning. */
export function checkVariables(template: Template, app: ResolvedApp): PreflightCheck {
  const values = new Map(app.variables.map(({ name, value }) => [name, value]));
  const blank = listVariables(template)
    .filter(({ name, usedIn, default: fallback }) => {
      return usedIn.length > 0 && fallback === null && !values.get(name);
    })
    .map(({ name }) => name);
  if (blank.length === 0) return passed('variables');
  return warned(
    'variables',
    `以下变量没有值，按空值处理：${blank.join('、')}`,
    `These variables have no value and count as empty: ${blank.join(', ')}`,
  );
}

const GIB = 1024 ** 3;
export const inGib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

/** Room that is left for the engine itself and for logs. */
const DISK_RESERVE_BYTES = 256 * 1024 * 1024;
/** Unpacked images are larger than compressed ones by about this factor. */
const UNPACKED_FACTOR = 2.5;

export interface DiskNeeds {
  /** What `app.json` requires; null when it says nothing. */
  readonly declaredBytes: number | null;
  /** Compressed bytes still to be pulled, as far as registries report them. */
  readonly pullBytes: number;
}

export function checkDisk(freeBytes: number | null, needs: DiskNeeds): PreflightCheck {
  if (freeBytes === null) {
    return warned(
      'disk',
      '引擎不在本机，无法得知剩余空间',
      'The engine is on another machine; its free disk space is not known',
    );
  }
  const wanted =
    Math.max(needs.declaredBytes ?? 0, needs.pullBytes * UNPACKED_FACTOR) + DISK_RESERVE_BYTES;
  const pull = inGib(needs.pullBytes);
  const [zh, en] =
    needs.pullBytes > 0 ? [`，镜像需下载 ${pull}`, `, images of ${pull} to pull`] : ['', ''];
  if (freeBytes >= wanted) {
    return passed('disk', `剩余 ${inGib(freeBytes)}${zh}`, `${inGib(freeBytes)} free${en}`);
  }
  return failed(
    'disk',
    `磁盘空间不足：约需 ${inGib(wanted)}，剩余 ${inGib(freeBytes)}${zh}，请清理后重试`,
    `Not enough disk space: about ${inGib(wanted)} needed, ${inGib(freeBytes)} free${en}; free some and try again`,
  );
}

export function checkMemory(
  neededBytes: number | null,
  totalBytes: number,
  availableBytes: number,
): PreflightCheck {
  if (neededBytes === null) {
    return passed('memory', '应用没有说明所需内存', 'the app does not say what it needs');
  }
  if (neededBytes > totalBytes) {
    return failed(
      'memory',
      `内存不足：应用需要 ${inGib(neededBytes)}，本机共 ${inGib(totalBytes)}`,
      `Not enough memory: the app needs ${inGib(neededBytes)}, the machine has ${inGib(totalBytes)}`,
    );
  }
  if (neededBytes > availableBytes) {
    return warned(
      'memory',
      `可用内存可能不够：应用需要 ${inGib(neededBytes)}，目前可用 ${inGib(availableBytes)}`,
      `Memory may be short: the app needs ${inGib(neededBytes)}, ${inGib(availableBytes)} is available now`,
    );
  }
  return passed('memory');
}

/** Names of one architecture: the kernel's, Go's and Debian's. */
const SAME: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm',
  armhf: 'arm',
};

/** The architecture by its name in Go, which registries use. */
export function goArchitecture(name: string): string {
  return SAME[name] ?? name;
}

export function checkArchitecture(engine: string, supported: readonly string[]): PreflightCheck {
  const name = goArchitecture(engine);
  if (supported.length === 0 || supported.some((arch) => goArchitecture(arch) === name)) {
    return passed('architecture', name, name);
  }
  return failed(
    'architecture',
    `应用只支持 ${supported.join('、')}，本机为 ${name}`,
    `The app exists for ${supported.join(', ')} only, this machine is ${name}`,
  );
}

const REGISTRY_TEXT: Readonly<
  Record<Exclude<ImageLookup['kind'], 'found'>, (names: string) => Bilingual>
> = {
  unreachable: (names) =>
    bilingual(`镜像仓库没有应答：${names}`, `Registries that do not answer: ${names}`),
  limited: (names) =>
    bilingual(
      `镜像仓库因请求过多暂时拒绝：${names}`,
      `Registries that refuse too many requests: ${names}`,
    ),
  failing: (names) =>
    bilingual(`镜像仓库发生内部错误：${names}`, `Registries with an internal error: ${names}`),
  denied: (names) =>
    bilingual(`镜像仓库拒绝提供：${names}`, `Images that their registry refuses: ${names}`),
  unknown: (names) =>
    bilingual(`镜像仓库中没有：${names}`, `Images that their registry does not have: ${names}`),
  'other-platforms': (names) =>
    bilingual(`镜像不支持本机架构：${names}`, `Images not made for this architecture: ${names}`),
};

/** Answers about the registry and not about one image. */
const OF_REGISTRY: readonly ImageLookup['kind'][] = ['unreachable', 'limited', 'failing'];

/**
 * What registries say about the images to pull. The engine may have a proxy, a mirror or a login of
 * its own, so each of these is a warning and not a refusal.
 */
export function checkRegistries(images: readonly PlannedImage[]): PreflightCheck {
  const problems = (Object.keys(REGISTRY_TEXT) as (keyof typeof REGISTRY_TEXT)[]).flatMap(
    (kind) => {
      const names = images
        .filter(({ lookup }) => lookup?.kind === kind)
        .map(({ reference }) =>
          OF_REGISTRY.includes(kind) ? parseImageReference(reference).registry : reference,
        );
      return names.length > 0 ? [REGISTRY_TEXT[kind]([...new Set(names)].join(', '))] : [];
    },
  );
  if (problems.length === 0) return passed('registry');
  return warned(
    'registry',
    problems.map(({ zh }) => zh).join('；'),
    problems.map(({ en }) => en).join('; '),
  );
}
