import type { Bilingual } from '../../../platform/i18n/bilingual';
import type { DotEnvFile } from '../language/dotenv';
import type { ProblemKind } from '../language/template-problem';
import type { YamlSource } from '../language/yaml-source';
import type { AppMetadata } from '../template/app-metadata';
import type { CasaPort, TemplateFile, TemplateLayout } from '../template/template';
import type { VariableAssignment } from '../template/variable-definition';

/** What a layout sees of an app's folder. */
export interface LayoutFolder {
  /** The app's name. */
  readonly name: string;
  /** The text of a file; null where it is absent or cannot be read, which is reported then. */
  readonly readOptional: (path: string) => Promise<string | null>;
  readonly report: (
    kind: ProblemKind,
    code: string,
    file: string,
    message: Bilingual,
    line?: number | null,
  ) => void;
}

/** What a store's own files and idioms say about an app; everything may be absent. */
export interface LayoutReading {
  readonly metadata?: AppMetadata;
  readonly assignments?: readonly VariableAssignment[];
  /** In place of the folder's `.env`. */
  readonly dotEnv?: DotEnvFile;
  readonly files?: readonly TemplateFile[];
  readonly publish?: readonly { readonly service: string; readonly port: number }[];
  readonly casaPort?: CasaPort | null;
}

/** How the apps of one kind of store are laid out. */
export interface StoreLayout {
  readonly name: TemplateLayout;
  /** Names of its Compose file where they are not the usual ones, best first. */
  readonly composeFiles?: readonly string[];
  /** Whether a folder is laid out so, by the names of its files and by its Compose file. */
  recognises(files: ReadonlySet<string>, data: unknown, text: string): boolean;
  /** The store's dialect as plain Compose. Keys that only the store knows are taken out. */
  toCompose?(source: YamlSource, name: string, reading: LayoutReading): YamlSource;
  /** Comes before `toCompose`. @param source the Compose file as it was written */
  read(folder: LayoutFolder, source: YamlSource): Promise<LayoutReading>;
}
