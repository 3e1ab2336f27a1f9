import type { AppMetadata } from './app-metadata';
import type { CasaPort } from './casa-metadata';
import type { VariableAssignment } from './variable-definition';
import type { ComposeSource } from '../language/compose-source';
import type { DotEnvFile } from '../language/dotenv';
import type { TemplateProblem } from '../language/template-problem';

/** What an app may be called: its name becomes part of container, network and volume names. */
export const appNamePattern = /^[a-z0-9][a-z0-9_.-]{0,62}$/;

export type TemplateLayout = 'websoft9' | 'casaos' | 'plain';

/** One app's folder as read from the disk. Nothing is interpolated yet. */
export interface Template {
  /** The folder's name in lower case. */
  readonly name: string;
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
  /** The catalog: a link in place of the app's folder must not lead out of it. */
  readonly within?: string;
}
