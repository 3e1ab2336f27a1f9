import type { AppMetadata } from './app-metadata';
import type { VariableAssignment } from './variable-definition';
import type { ComposeSource } from '../language/compose-source';
import type { DotEnvFile } from '../language/dotenv';
import type { TemplateProblem } from '../language/template-problem';

/** What an app may be called: its name becomes part of container, network and volume names. */
export const appNamePattern = /^[a-z0-9][a-z0-9_.-]{0,62}$/;

export type TemplateLayout =
  'websoft9' | 'casaos' | 'dokploy' | 'coolify' | 'runtipi' | 'umbrel' | 'plain';

/** The published port that a CasaOS template calls its main one: a number, or the variable that holds it. */
export interface CasaPort {
  readonly published: number | null;
  readonly variable: string | null;
}

/** A file that a template carries in its text instead of in its folder. */
export interface TemplateFile {
  /** Within the app's own folder. */
  readonly path: string;
  readonly content: string;
  /** Variables in it are to be filled in. */
  readonly hasVariables: boolean;
}

/** One app's folder as read from the disk. Nothing is interpolated yet. */
export interface Template {
  /** The folder's name in lower case. */
  readonly name: string;
  /** Of an installation beside the first one of the app: its own name. */
  readonly instance?: string | null;
  /** Short name of the catalog that it comes from; null outside one. */
  readonly store: string | null;
  /** Absolute. */
  readonly folder: string;
  /** Name of the Compose file in the folder. */
  readonly composeFile: string;
  readonly layout: TemplateLayout;
  /** An administrator marked its catalog as trusted: the policy lets everything pass. */
  readonly trusted: boolean;
  /** From our own catalog. */
  readonly builtIn: boolean;
  /** The Compose file with what it extends and includes. */
  readonly source: ComposeSource;
  /** The project's own `.env`; empty where there is none. */
  readonly dotEnv: DotEnvFile;
  /** `.env` files of included projects, which count behind the project's own. */
  readonly includedEnv: readonly DotEnvFile[];
  /** Further files that the template reads (`env_file`, `file:` of configs and secrets), by relative path. */
  readonly texts: ReadonlyMap<string, string>;
  readonly metadata: AppMetadata;
  /** Variables that the store itself sets, in order; each may use those before it and the app's address. */
  readonly assignments: readonly VariableAssignment[];
  /** Files that the store writes into the app's folder. */
  readonly files: readonly TemplateFile[];
  /** Container ports that the store's own proxy would reach, beside the main one: published here. */
  readonly publish: readonly { readonly service: string; readonly port: number }[];
  /** Its folder holds other apps as well, each a single file: nothing but that file belongs to it. */
  readonly singleFile: boolean;
  /** The published port that a CasaOS template calls its main one. */
  readonly casaPort: CasaPort | null;
  /** `docker save` archives, relative to the folder. */
  readonly archives: readonly string[];
  /** SHA-256 over all that was read; changes when the template does. */
  readonly digest: string;
  /** Files in folders below that were read or looked for: relative paths. */
  readonly parts: readonly string[];
  /** Found while reading. */
  readonly problems: readonly TemplateProblem[];
}

export interface LoadTemplateOptions {
  /** Default: the folder's own name. */
  readonly name?: string;
  readonly trusted?: boolean;
  readonly builtIn?: boolean;
  readonly store?: string;
  /** The one file of the folder that is the app; default: the whole folder. */
  readonly file?: string;
  /** The catalog: a link in place of the app's folder must not lead out of it. */
  readonly within?: string;
}
