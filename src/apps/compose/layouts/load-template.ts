import { createHash } from 'node:crypto';
import { lstat, realpath } from 'node:fs/promises';
import { basename, join, posix, sep } from 'node:path';
import { bilingual, type Bilingual } from '../../../platform/i18n/bilingual';
import { defaultMetadata, type AppMetadata } from '../template/app-metadata';
import { composeProject, type Composed } from '../composition/compose-composer';
import { singleSource, type ComposeSource } from '../language/compose-source';
import { emptyDotEnv, evaluateDotEnv, parseDotEnv, type DotEnvFile } from '../language/dotenv';
import { appNamePattern } from '../template/template';
import { casaos } from './casaos';
import { coolify } from './coolify';
import { dokploy } from './dokploy';
import { plain } from './plain';
import { runtipi } from './runtipi';
import type { LayoutFolder, LayoutReading, StoreLayout } from './store-layout';
import { cannotRead } from './store-texts';
import { umbrel } from './umbrel';
import { websoft9 } from './websoft9';
import { fileFaultMessages } from '../language/safe-files';
import { insideProject } from '../language/app-folder-path';
import { interpolate, RequiredVariableError } from '../language/interpolate';
import { readAppJson } from '../template/read-app-json';
import {
  listFolder,
  readTextInside,
  resolveInside,
  type FileText,
  type FolderEntry,
} from '../language/safe-files';
import {
  publicSecretsOf,
  withoutPublicSecrets,
  type WithoutPublicSecrets,
} from '../template/public-secrets';
import type { LoadTemplateOptions, Template } from '../template/template';
import { referencesOf } from '../template/template-references';
import type { ProblemKind, TemplateProblem } from '../language/template-problem';
import { parseYaml, YamlError, type YamlSource } from '../language/yaml-source';

/** Names of a Compose file, in the order in which Compose looks for them. */
export const composeFileNames = [
  'compose.yaml',
  'compose.yml',
  'docker-compose.yml',
  'docker-compose.yaml',
] as const;

/** In the order in which they are tried; the last fits every folder. */
const LAYOUTS: readonly StoreLayout[] = [
  umbrel,
  dokploy,
  runtipi,
  casaos,
  websoft9,
  coolify,
  plain,
];

/** Names of the file that Compose lays over it where it is there. */
const overrideFileNames = composeFileNames.map((name) => name.replace('.y', '.override.y'));

/**
 * Reads one app's folder. Never rejects for what is in the folder: what is wrong stands in
 * `problems`. Links that lead out of the folder are not followed.
 */
export async function loadTemplate(
  folder: string,
  options: LoadTemplateOptions = {},
): Promise<Template> {
  return new TemplateLoad(folder, options).run();
}

/** Files that a store reads or shows, and no program of the app. */
const NO_SETTINGS =
  /^(\.env|(docker-)?compose(\.override)?\.ya?ml|(variables|app|config|meta)\.json|template\.toml|exports\.sh)$|^images\/|\.(png|svg|jpe?g|webp)$/i;
/** Further files of a folder that are searched for a secret of its `.env`. */
const MAX_SEARCHED_FILES = 100;

const emptySource: YamlSource = { data: null, text: '', lineOf: () => null };
const nothingComposed: Composed = { source: singleSource(emptySource, ''), includedEnv: [] };

class TemplateLoad {
  private readonly problems: TemplateProblem[] = [];
  private readonly texts = new Map<string, string>();
  private readonly digest = createHash('sha256');
  private readonly parts = new Set<string>();
  private readonly name: string;
  private root = '';
  private entries: readonly FolderEntry[] = [];
  private paths: ReadonlySet<string> = new Set();
  /** Plain files that no link leads to: everything of the folder, links are never descended into. */
  private withoutLinks: ReadonlySet<string> = new Set();

  constructor(
    private readonly folder: string,
    private readonly options: LoadTemplateOptions,
  ) {
    this.name = options.name ?? basename(folder).toLowerCase();
  }

  async run(): Promise<Template> {
    if (!appNamePattern.test(this.name)) {
      this.report('broken', 'bad-name', null, badName);
    }
    if (await this.openFolder()) await this.checkLinks();
    const { layout, composeFile, main } = await this.readMain();
    const reading = await layout.read(this.layoutFolder(), main ?? emptySource);
    const dotEnv = reading.dotEnv ?? (await this.readDotEnv());
    // A store writes the values into the file that a template may name.
    if (layout !== plain && !this.texts.has('.env')) this.texts.set('.env', '');
    const fill = filler(dotEnv);
    const { source, includedEnv } = main
      ? await this.compose(main, composeFile, layout, reading, fill)
      : nothingComposed;
    const metadata = await this.readMetadata(reading.metadata);
    await this.readReferences(source, fill);
    this.checkHostFiles(metadata);
    const closed = await this.closePublicSecrets(dotEnv, source, metadata, reading);
    return {
      name: this.name,
      store: this.options.store ?? null,
      folder: this.root || this.folder,
      composeFile,
      layout: layout.name,
      singleFile: this.options.file !== undefined,
      trusted: this.options.trusted ?? false,
      builtIn: this.options.builtIn ?? false,
      source: { ...source, data: closed.data },
      dotEnv: closed.dotEnv,
      includedEnv,
      texts: this.texts,
      metadata: { ...metadata, variables: [...metadata.variables, ...closed.definitions] },
      assignments: closed.assignments,
      files: reading.files ?? [],
      publish: reading.publish ?? [],
      casaPort: reading.casaPort ?? null,
      archives: this.entries
        .filter(
          ({ kind, path }) => kind === 'file' && /^images\/[^/]+\.(tar|tar\.gz|tgz)$/.test(path),
        )
        .map(({ path }) => path)
        .sort(),
      digest: this.digest.digest('hex'),
      parts: [...this.parts],
      problems: this.problems,
    };
  }

  private async openFolder(): Promise<boolean> {
    try {
      const root = await realpath(this.folder);
      if (!(await this.isWithin(root))) {
        this.report('broken', 'outside-folder', null, fileFaultMessages['outside-folder']);
        return false;
      }
      this.root = root;
      const { file } = this.options;
      const { entries, complete } =
        file === undefined ? await listFolder(this.root) : await oneFile(this.root, file);
      this.entries = entries;
      this.paths = new Set(entries.map(({ path }) => path));
      this.withoutLinks = new Set(
        entries.filter(({ kind }) => kind === 'file').map(({ path }) => path),
      );
      if (!complete) this.report('broken', 'too-many-files', null, tooManyFiles);
      return true;
    } catch {
      this.root = '';
      this.report('broken', 'unreadable', null, unreadable);
      return false;
    }
  }

  private async isWithin(root: string): Promise<boolean> {
    const { within, file } = this.options;
    // A real path has no link in it, nor has what it begins with.
    if (within === undefined || root.startsWith(within + sep)) return true;
    const catalog = await realpath(within);
    return root.startsWith(catalog + sep) || (file !== undefined && root === catalog);
  }

  /** A link out of the folder would hand a file of the machine to the app. */
  private async checkLinks(): Promise<void> {
    for (const { path, kind } of this.entries) {
      if (kind !== 'link') continue;
      const inside = await resolveInside(this.root, path);
      if ('fault' in inside && inside.fault === 'outside-folder') {
        this.report('broken', 'outside-folder', path, fileFaultMessages['outside-folder']);
      }
    }
  }

  private find(names: readonly string[]): string | null {
    return names.find((name) => this.paths.has(name)) ?? null;
  }

  private async readText(path: string): Promise<FileText> {
    if (path.includes('/') && insideProject(path)) this.parts.add(path);
    const file = await readTextInside(this.root, path, { known: this.withoutLinks.has(path) });
    if ('text' in file) this.digest.update(`${path}\0${file.text}\0`);
    return file;
  }

  /** The text of a file that may be absent; any other fault is reported. */
  private async readOptional(path: string): Promise<string | null> {
    if (!this.find([path])) return null;
    const file = await this.readText(path);
    if ('text' in file) return file.text;
    this.report('broken', file.fault, path, fileFaultMessages[file.fault]);
    return null;
  }

  /** The Compose file, as it was written, and the layout that it and the other files show. */
  private async readMain(): Promise<{
    layout: StoreLayout;
    composeFile: string;
    main: YamlSource | null;
  }> {
    const byFiles = LAYOUTS.find((layout) => layout.recognises(this.paths, null, '')) ?? plain;
    const { file } = this.options;
    const names = file === undefined ? (byFiles.composeFiles ?? composeFileNames) : [file];
    const composeFile = this.find(names);
    if (!composeFile && this.root) this.report('broken', 'no-compose-file', null, noComposeFile);
    const text = composeFile && (await this.readOptional(composeFile));
    const main = composeFile && text !== null ? this.parse(text, composeFile) : null;
    const known = LAYOUTS.filter((layout) => {
      return layout.recognises(this.paths, main?.data ?? null, main?.text ?? '');
    });
    const layout = known[0] ?? plain;
    if (known.length > 2) this.report('note', 'several-layouts', null, severalLayouts(known));
    return { layout, composeFile: composeFile ?? '', main };
  }

  private layoutFolder(): LayoutFolder {
    return {
      name: this.name,
      readOptional: (path) => this.readOptional(path),
      report: (kind, code, file, message, line) => {
        this.report(kind, code, file, message, line ?? null);
      },
    };
  }

  private async compose(
    main: YamlSource,
    path: string,
    layout: StoreLayout,
    reading: LayoutReading,
    fill: (text: string) => string,
  ): Promise<Composed> {
    const override = this.find(overrideFileNames);
    const overrideText = override && (await this.readOptional(override));
    const parse = (text: string, file: string) => {
      const source = this.parse(text, file);
      return source && (layout.toCompose?.(source, this.name, reading) ?? source);
    };
    const over = override && overrideText ? parse(overrideText, override) : null;
    return composeProject(layout.toCompose?.(main, this.name, reading) ?? main, path, {
      override: override !== null && over ? { source: over, file: override } : null,
      readText: (file) => this.readText(file),
      parse,
      fill,
      report: (kind, code, { document, path: key }, message) => {
        this.report(kind, code, document.file, message, document.source.lineOf(key), key);
      },
    });
  }

  private parse(text: string, path: string): YamlSource | null {
    try {
      return parseYaml(text, path.endsWith('.json') ? 'json' : 'core');
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      const { code, message, line } = error;
      const kind = code === 'yaml-tag' ? 'unsupported' : 'broken';
      this.report(kind, code, path, cannotRead('YAML', message), line);
      return null;
    }
  }

  private async readDotEnv(): Promise<DotEnvFile> {
    const text = await this.readOptional('.env');
    if (text === null) return emptyDotEnv;
    this.texts.set('.env', text);
    const file = parseDotEnv(text);
    for (const { line } of file.problems) {
      this.report('note', 'env-line', '.env', oddLine, line);
    }
    return file;
  }

  private async readMetadata(found: AppMetadata | undefined): Promise<AppMetadata> {
    const metadata = found ?? defaultMetadata(this.name);
    const own = await this.readOptional('app.json');
    if (own === null) return metadata;
    const read = readAppJson(own, metadata);
    this.problems.push(...read.problems);
    return read.metadata;
  }

  /** Reads what `env_file`, configs and secrets name, and looks for the Dockerfiles of builds. */
  private async readReferences(
    source: ComposeSource,
    fill: (text: string) => string,
  ): Promise<void> {
    const { texts, dockerfiles } = referencesOf(source, fill);
    for (const { path, key } of texts) {
      const normal = posix.normalize(path);
      if (this.texts.has(normal)) continue;
      const file = await this.readText(normal);
      if ('text' in file) this.texts.set(normal, file.text);
      else if (file.fault !== 'missing') {
        const message = fileFaultMessages[file.fault];
        this.report('broken', file.fault, normal, message, source.lineOf(key), key);
      }
    }
    for (const { path, key } of dockerfiles) {
      const normal = posix.normalize(path);
      const file = this.find([normal]) ? await this.readText(normal) : null;
      if (file && 'text' in file) this.texts.set(normal, file.text);
      else this.report('broken', 'dockerfile-missing', path, noDockerfile, source.lineOf(key), key);
    }
  }

  /**
   * Makes generated variables of the secrets in a public `.env` and of those that the store's own files set. One
   * that a further file of the folder repeats stays: that file would no longer fit. In a trusted catalog the
   * values are the administrator's own.
   */
  private async closePublicSecrets(
    dotEnv: DotEnvFile,
    { data }: ComposeSource,
    { variables }: AppMetadata,
    { assignments = [], files = [] }: LayoutReading,
  ): Promise<WithoutPublicSecrets & Pick<Template, 'assignments'>> {
    const own = this.options.trusted || this.options.builtIn;
    const set = assignments.map(({ name, value }) => ({ name, raw: value, quote: null, line: 0 }));
    const all = { ...dotEnv, entries: [...dotEnv.entries, ...set] };
    const secrets = own ? new Map<string, string>() : publicSecretsOf(all);
    const defined = new Set(variables.map(({ name }) => name));
    for (const [value, name] of secrets) if (defined.has(name)) secrets.delete(value);
    for (const { content } of files) {
      for (const value of secrets.keys()) if (content.includes(value)) secrets.delete(value);
    }
    if (secrets.size === 0) return { dotEnv, data, definitions: [], assignments };
    const others = this.entries.filter(
      ({ kind, path }) => kind === 'file' && !NO_SETTINGS.test(path),
    );
    for (const { path } of others.slice(0, MAX_SEARCHED_FILES)) {
      const file = await readTextInside(this.root, path, { known: this.withoutLinks.has(path) });
      if (!('text' in file)) continue;
      for (const value of secrets.keys()) if (file.text.includes(value)) secrets.delete(value);
    }
    const closed = withoutPublicSecrets(all, data, secrets);
    const { entries } = closed.dotEnv;
    const generated = new Set(secrets.values());
    return {
      ...closed,
      dotEnv: { ...dotEnv, entries: entries.slice(0, dotEnv.entries.length) },
      assignments: entries
        .slice(dotEnv.entries.length)
        .filter(({ name }) => !generated.has(name))
        .map(({ name, raw }) => ({ name, value: raw ?? '' })),
    };
  }

  private checkHostFiles(metadata: AppMetadata): void {
    if (Object.keys(metadata.hostFiles).length === 0 || this.options.builtIn) return;
    this.report('forbidden', 'host-files', 'app.json', noHostFiles, null, ['hostFiles']);
  }

  private report(
    kind: ProblemKind,
    code: string,
    file: string | null,
    message: Bilingual,
    line: number | null = null,
    key: readonly (string | number)[] = [],
  ): void {
    this.problems.push({ kind, code, key: key.join('.'), file, line, message });
  }
}

/** Fills in what the project's own `.env` knows; a `:?` without a value leaves the text as it is. */
function filler(dotEnv: DotEnvFile): (text: string) => string {
  const variables = evaluateDotEnv(dotEnv);
  return (text) => {
    try {
      return interpolate(text, (name) => variables.get(name));
    } catch (error) {
      if (error instanceof RequiredVariableError) return text;
      throw error;
    }
  };
}

/** A folder of which one file is the app. A link in its place is listed as one. */
async function oneFile(root: string, file: string): ReturnType<typeof listFolder> {
  const status = await lstat(join(root, file));
  const kind = status.isFile() ? 'file' : status.isSymbolicLink() ? 'link' : 'other';
  return { entries: [{ path: file, kind }], complete: true };
}

const severalLayouts = (layouts: readonly StoreLayout[]) => {
  const names = layouts.filter((layout) => layout !== plain).map(({ name }) => name);
  return bilingual(
    `目录同时符合多种商店格式 ${names.join('、')}，按 ${names[0]} 读取`,
    `the folder fits several layouts (${names.join(', ')}) and is read as ${names[0]}`,
  );
};

const badName = bilingual(
  '名称不能用作容器名（小写字母、数字和 _.-）',
  'the name cannot be part of a container name (lower-case letters, digits and _.-)',
);
const noComposeFile = bilingual('目录中没有 Compose 文件', 'the folder holds no Compose file');
const tooManyFiles = bilingual('目录中的文件过多', 'the folder holds too many files');
const unreadable = bilingual('目录无法读取', 'the folder cannot be read');
const oddLine = bilingual(
  '这一行不是赋值，已跳过',
  'this line is not an assignment and is skipped',
);
const noDockerfile = bilingual(
  '构建目录中没有 Dockerfile',
  'the build context holds no Dockerfile',
);
const noHostFiles = bilingual(
  '只有自带目录可以使用本机文件',
  'only the built-in catalog may use files of this machine',
);
