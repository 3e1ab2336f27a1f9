import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { basename, posix, sep } from 'node:path';
import { bilingual, type Bilingual } from '../../../platform/i18n/bilingual';
import { defaultMetadata, type AppMetadata } from './app-metadata';
import { composeProject, type Composed } from '../composition/compose-composer';
import { singleSource, type ComposeSource } from '../language/compose-source';
import { emptyDotEnv, evaluateDotEnv, parseDotEnv, type DotEnvFile } from '../language/dotenv';
import { appNamePattern } from './template';
import { CASA_ASSIGNMENTS, casaBlockOf, casaPortOf, readCasaMetadata } from './casa-metadata';
import { fileFaultMessages } from '../language/safe-files';
import { insideProject } from '../language/app-folder-path';
import { interpolate, RequiredVariableError } from '../language/interpolate';
import { readAppJson } from './read-app-json';
import {
  listFolder,
  readTextInside,
  resolveInside,
  type FileText,
  type FolderEntry,
} from '../language/safe-files';
import type { LoadTemplateOptions, Template, TemplateLayout } from './template';
import { referencesOf } from './template-references';
import type { ProblemKind, TemplateProblem } from '../language/template-problem';
import { readVariablesJson } from './variables-json';
import { parseYaml, YamlError, type YamlSource } from '../language/yaml-source';

/** Names of a Compose file, in the order in which Compose looks for them. */
export const composeFileNames = [
  'compose.yaml',
  'compose.yml',
  'docker-compose.yml',
  'docker-compose.yaml',
] as const;

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
    const composeFile = this.find(composeFileNames);
    if (!composeFile && this.root) this.report('broken', 'no-compose-file', null, noComposeFile);
    const dotEnv = await this.readDotEnv();
    const fill = filler(dotEnv);
    const { source, includedEnv } = composeFile
      ? await this.readCompose(composeFile, fill)
      : nothingComposed;
    const casa = casaBlockOf(source.data);
    const metadata = await this.readMetadata(casa);
    await this.readReferences(source, fill);
    this.checkHostFiles(metadata);
    return {
      name: this.name,
      folder: this.root || this.folder,
      composeFile: composeFile ?? '',
      layout: this.layout(casa),
      trusted: this.options.trusted ?? false,
      builtIn: this.options.builtIn ?? false,
      source,
      dotEnv,
      includedEnv,
      texts: this.texts,
      metadata,
      assignments: casa === null ? [] : CASA_ASSIGNMENTS,
      casaPort: casaPortOf(casa),
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
      const { entries, complete } = await listFolder(this.root);
      this.entries = entries;
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
    const { within } = this.options;
    return within === undefined || root.startsWith((await realpath(within)) + sep);
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
    const present = new Set(this.entries.map(({ path }) => path));
    return names.find((name) => present.has(name)) ?? null;
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

  private async readCompose(path: string, fill: (text: string) => string): Promise<Composed> {
    const text = await this.readOptional(path);
    const main = text === null ? null : this.parse(text, path);
    if (!main) return nothingComposed;
    const override = this.find(overrideFileNames);
    const overrideText = override && (await this.readOptional(override));
    const over = override && overrideText ? this.parse(overrideText, override) : null;
    return composeProject(main, path, {
      override: override !== null && over ? { source: over, file: override } : null,
      readText: (file) => this.readText(file),
      parse: (other, file) => this.parse(other, file),
      fill,
      report: (kind, code, { document, path: key }, message) => {
        this.report(kind, code, document.file, message, document.source.lineOf(key), key);
      },
    });
  }

  private parse(text: string, path: string): YamlSource | null {
    try {
      return parseYaml(text);
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      this.report(
        error.code === 'yaml-tag' ? 'unsupported' : 'broken',
        error.code,
        path,
        bilingual(`YAML 无法读取：${error.message}`, `the YAML cannot be read: ${error.message}`),
        error.line,
      );
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

  private async readMetadata(casa: unknown): Promise<AppMetadata> {
    const variables = await this.readOptional('variables.json');
    let metadata = defaultMetadata(this.name);
    if (variables !== null) metadata = readVariablesJson(variables, this.name);
    else if (casa !== null) metadata = readCasaMetadata(casa, this.name);
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
        this.report(
          'broken',
          file.fault,
          normal,
          fileFaultMessages[file.fault],
          source.lineOf(key),
          key,
        );
      }
    }
    for (const { path, key } of dockerfiles) {
      const normal = posix.normalize(path);
      const file = this.find([normal]) ? await this.readText(normal) : null;
      if (file && 'text' in file) this.texts.set(normal, file.text);
      else this.report('broken', 'dockerfile-missing', path, noDockerfile, source.lineOf(key), key);
    }
  }

  private checkHostFiles(metadata: AppMetadata): void {
    if (Object.keys(metadata.hostFiles).length === 0 || this.options.builtIn) return;
    this.report('forbidden', 'host-files', 'app.json', noHostFiles, null, ['hostFiles']);
  }

  private layout(casa: unknown): TemplateLayout {
    if (casa !== null) return 'casaos';
    return this.find(['variables.json']) ? 'websoft9' : 'plain';
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
