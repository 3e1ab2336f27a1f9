import { posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { bilingual, type Bilingual } from '../../../platform/i18n/bilingual';
import { singleSource, type ComposeSource } from '../language/compose-source';
import { parseDotEnv, type DotEnvFile } from '../language/dotenv';
import { fileFaultMessages } from '../language/safe-files';
import type { FileText } from '../language/safe-files';
import type { ProblemKind } from '../language/template-problem';
import type { YamlSource } from '../language/yaml-source';
import { mergeFiles, mergeServices } from './merge-services';
import {
  childOf,
  dataOf,
  entriesOf,
  itemsOf,
  isMap,
  mapOf,
  sourceOf,
  without,
  authored,
} from './source-node';
import type { ComposeDocument, SourceNode, SourceLocation } from './source-node';

/** More than any real project has. */
const MAX_FILES = 50;
const MAX_INCLUSIONS = 100;
const MAX_EXTENDS_DEPTH = 50;

/** What the composer needs of the folder that it works in. */
export interface ComposerContext {
  /** Reads a file within the app's folder; a fault is returned, not thrown. */
  readonly readText: (path: string) => Promise<FileText>;
  /** Parses a file that was read; null where it is not YAML, which has been reported then. */
  readonly parse: (text: string, file: string) => YamlSource | null;
  /** Fills in the variables of a path. */
  readonly fill: (text: string) => string;
  readonly report: (
    kind: ProblemKind,
    code: string,
    location: SourceLocation,
    message: Bilingual,
  ) => void;
  /** The override file beside the Compose file, which Compose applies by default. */
  readonly override: { readonly source: YamlSource; readonly file: string } | null;
}

export interface Composed {
  readonly source: ComposeSource;
  /** `.env` files of included projects: defaults behind the project's own. */
  readonly includedEnv: readonly DotEnvFile[];
}

/**
 * Puts a project together: services that extend others, of the same file or of another one in the app's
 * folder, and included Compose files. Missing files, paths out of the folder and cycles
 * are reported; the rest is still composed.
 */
export async function composeProject(
  main: YamlSource,
  file: string,
  context: ComposerContext,
): Promise<Composed> {
  if (!context.override && !needsComposing(main.data)) {
    return { source: singleSource(main, file), includedEnv: [] };
  }
  return new Composer(context).compose({ file, folder: '', source: main });
}

function needsComposing(data: unknown): boolean {
  const root = authored(data, { document: { file: '', folder: '', source: nothing }, path: [] });
  if (childOf(root, 'include')) return true;
  const services = childOf(root, 'services');
  return services !== null && entriesOf(services).some(([, item]) => childOf(item, 'extends'));
}

const nothing: YamlSource = { data: null, text: '', lineOf: () => null };
const resourceKinds = ['services', 'networks', 'volumes', 'configs', 'secrets'] as const;

class Composer {
  private readonly documents = new Map<string, Promise<ComposeDocument | null>>();
  private readonly used = new Set<ComposeDocument>();
  private readonly finished = new Map<string, SourceNode>();
  private readonly includedEnv: DotEnvFile[] = [];
  private inclusions = 0;

  constructor(private readonly context: ComposerContext) {}

  async compose(main: ComposeDocument): Promise<Composed> {
    this.used.add(main);
    const { override } = this.context;
    const over = override && { ...override, folder: '' };
    if (over) this.used.add(over);
    const whole = over ? mergeFiles(rootOf(main), rootOf(over)) : rootOf(main);
    const root = await this.projectOf(whole, [main.file]);
    return { source: sourceOf(root, [...this.used]), includedEnv: this.includedEnv };
  }

  /** A Compose file with its services extended and its includes copied in. */
  private async projectOf(root: SourceNode, files: readonly string[]): Promise<SourceNode> {
    let project = without(await this.withExtended(root), 'include');
    const include = childOf(root, 'include');
    for (const item of include ? itemsOf(include) : []) {
      const included = await this.included(item, files);
      if (included) project = this.withResources(project, included, item.location);
    }
    return project;
  }

  private async withExtended(root: SourceNode): Promise<SourceNode> {
    const services = childOf(root, 'services');
    if (!services || !isMap(services)) return root;
    const done = new Map<string, SourceNode>();
    for (const [name] of entriesOf(services)) done.set(name, await this.extended(root, name, []));
    return mapOf(
      [...entriesOf(root), ['services', mapOf(done, services.location)] as const],
      root.location,
    );
  }

  /** A service with everything that it extends below it. `chain` holds the services on the way here. */
  private async extended(
    root: SourceNode,
    name: string,
    chain: readonly string[],
  ): Promise<SourceNode> {
    const services = childOf(root, 'services');
    const service = (services && childOf(services, name)) ?? authored(null, root.location);
    const extension = childOf(service, 'extends');
    if (!extension) return service;
    const own = without(service, 'extends');
    const { document } = root.location;
    const key = `${document.file}\0${document.folder}\0${name}`;
    if (chain.includes(key) || chain.length >= MAX_EXTENDS_DEPTH) {
      this.fault('extends-cycle', extension.location, inCircles(name));
      return own;
    }
    // A service that many others extend is merged once; one in a cycle is never cached.
    const known = chain.length === 0 ? null : this.finished.get(key);
    if (known) return known;
    const base = await this.baseOf(extension, root, [...chain, key]);
    const merged = base ? mergeServices(base, own) : own;
    if (chain.length === 0) this.finished.set(key, merged);
    return merged;
  }

  private async baseOf(
    extension: SourceNode,
    root: SourceNode,
    chain: readonly string[],
  ): Promise<SourceNode | null> {
    const long = isMap(extension);
    const name = long ? this.textAt(extension, 'service') : this.text(extension);
    const file = long ? this.textAt(extension, 'file') : null;
    if (name === null) return this.fault('bad-value', extension.location, lacksService);
    let base: SourceNode | null = root;
    if (file !== null) {
      const document = await this.open(file, root.location.document.folder, extension.location);
      base = document && rootOf(document);
    }
    const services = base && childOf(base, 'services');
    if (!base) return null;
    if (!services || !childOf(services, name)) {
      return this.fault('extends-missing', extension.location, noSuchService(name));
    }
    return this.extended(base, name, chain);
  }

  private async included(item: SourceNode, files: readonly string[]): Promise<SourceNode | null> {
    const long = isMap(item);
    const at = item.location;
    const from = at.document.folder;
    const pathsAt = long ? childOf(item, 'path') : item;
    const paths = (pathsAt ? itemsOf(pathsAt) : []).map((path) => this.text(path));
    const first = paths[0];
    if (!first || paths.includes(null)) return this.fault('bad-value', at, lacksPath);
    const remote = paths.find((path) => /^(\w[\w+.-]*:|git@)/.test(path ?? ''));
    if (remote) return this.fault('unsupported-key', at, isRemote(remote), 'unsupported');
    const configured = long ? this.textAt(item, 'project_directory') : null;
    const folder = join(from, configured ?? posix.dirname(first));
    await this.readIncludedEnv(long ? childOf(item, 'env_file') : null, from, folder, at);
    let merged: SourceNode | null = null;
    for (const path of paths) {
      // Files that include each other multiply: inclusions are counted, not files.
      if (++this.inclusions > MAX_INCLUSIONS) return this.fault('too-many-files', at, tooManyFiles);
      const file = join(from, path ?? '');
      if (files.includes(file)) return this.fault('include-cycle', at, includesItself(file));
      const document = await this.open(path ?? '', from, at, folder);
      if (!document) return null;
      const root = await this.projectOf(rootOf(document), [...files, file]);
      merged = merged ? mergeFiles(merged, root) : root;
    }
    return merged;
  }

  private async readIncludedEnv(
    configured: SourceNode | null,
    from: string,
    folder: string,
    at: SourceLocation,
  ): Promise<void> {
    const paths = configured
      ? itemsOf(configured).map((path) => join(from, this.text(path) ?? ''))
      : null;
    for (const path of paths ?? [join(folder, '.env')]) {
      // The app's own `.env` applies anyway.
      if (path === '.env' || path === '/dev/null') continue;
      const read = await this.context.readText(path);
      if ('text' in read) this.includedEnv.push(parseDotEnv(read.text));
      else if (paths || read.fault !== 'missing') {
        this.fault(read.fault, at, fileFaultMessages[read.fault]);
      }
    }
  }

  /** Copies what an included project declares; two different things of one name are an error. */
  private withResources(project: SourceNode, included: SourceNode, at: SourceLocation): SourceNode {
    const entries = new Map(entriesOf(project));
    for (const [kind, theirs] of entriesOf(included)) {
      if (!(resourceKinds as readonly string[]).includes(kind)) {
        if (!['name', 'version'].includes(kind) && !entries.has(kind)) entries.set(kind, theirs);
        continue;
      }
      const merged = new Map(entriesOf(entries.get(kind) ?? authored({}, at)));
      for (const [name, item] of entriesOf(theirs)) {
        const ours = merged.get(name);
        if (ours && !isDeepStrictEqual(dataOf(ours), dataOf(item))) {
          this.fault('include-conflict', at, declaredTwice(kind, name));
        } else if (!ours) merged.set(name, item);
      }
      entries.set(kind, mapOf(merged, entries.get(kind)?.location ?? theirs.location));
    }
    return mapOf(entries, project.location);
  }

  /** A further Compose file; null where there is none to be had, which is reported at `at`. */
  private async open(
    path: string,
    from: string,
    at: SourceLocation,
    folder?: string,
  ): Promise<ComposeDocument | null> {
    const file = join(from, path);
    const base = folder ?? join(from, posix.dirname(path));
    const key = `${file}\0${base}`;
    const opening = this.documents.get(key) ?? this.read(file, base, at);
    this.documents.set(key, opening);
    return opening;
  }

  private async read(
    file: string,
    folder: string,
    at: SourceLocation,
  ): Promise<ComposeDocument | null> {
    if (this.documents.size >= MAX_FILES) return this.fault('too-many-files', at, tooManyFiles);
    const read = await this.context.readText(file);
    if ('fault' in read) {
      const { zh, en } = fileFaultMessages[read.fault];
      return this.fault(read.fault, at, bilingual(`${file}：${zh}`, `${file}: ${en}`));
    }
    const source = this.context.parse(read.text, file);
    if (!source) return null;
    const document = { file, folder: folder === '.' ? '' : folder, source };
    this.used.add(document);
    return document;
  }

  /** Reports what is wrong, in whose place there is nothing. */
  private fault(
    code: string,
    at: SourceLocation,
    message: Bilingual,
    kind: ProblemKind = 'broken',
  ): null {
    this.context.report(kind, code, at, message);
    return null;
  }

  private text(node: SourceNode): string | null {
    const value = dataOf(node);
    return typeof value === 'string' && value !== '' ? this.context.fill(value) : null;
  }

  private textAt(node: SourceNode, key: string): string | null {
    const found = childOf(node, key);
    return found && this.text(found);
  }
}

function rootOf(document: ComposeDocument): SourceNode {
  return authored(document.source.data, { document, path: [] });
}

/** Below a folder; an absolute path stays what it is, and is refused as one that leads out. */
function join(folder: string, path: string): string {
  if (posix.isAbsolute(path)) return posix.normalize(path);
  const joined = posix.join(folder, path).replace(/\/$/, '');
  return joined === '.' ? '' : joined;
}

const inCircles = (name: string) =>
  bilingual(`服务 ${name} 的 extends 循环`, `the service ${name} extends itself in a cycle`);
const lacksService = bilingual('extends 缺少 service', 'extends needs a service');
const noSuchService = (name: string) =>
  bilingual(`extends 引用的服务 ${name} 不存在`, `extends refers to a missing service ${name}`);
const lacksPath = bilingual('include 缺少 path', 'include needs a path');
const isRemote = (path: string) =>
  bilingual(
    `不支持从别处读取 ${path}，请将其放入应用目录`,
    `remote files such as ${path} are not supported: put the file into the app’s folder`,
  );
const includesItself = (file: string) =>
  bilingual(`${file} 循环包含自身`, `${file} includes itself in a cycle`);
const declaredTwice = (kind: string, name: string) =>
  bilingual(`${kind}.${name} 已有不同的定义`, `${kind}.${name} is already declared differently`);
const tooManyFiles = bilingual('引用的 Compose 文件过多', 'the project has too many Compose files');
