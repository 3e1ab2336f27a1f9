import type { Bilingual } from '../../platform/i18n/bilingual';
import type { VariableDefinition } from './template-variables';

/** What `app.json`, `variables.json` or `x-casaos` say about an app; see docs/catalogue.md. */
export interface AppMetadata {
  readonly title: Bilingual;
  readonly description: Bilingual | null;
  readonly category: string;
  readonly version: string | null;
  readonly website: string | null;
  readonly documentation: string | null;
  readonly license: string | null;
  readonly icon: string | null;
  readonly main: {
    readonly service: string | null;
    readonly port: number | null;
    readonly scheme: 'http' | 'https' | 'tcp';
  } | null;
  readonly database: { readonly service: string; readonly port: number } | null;
  readonly health: { readonly path: string; readonly seconds: number } | null;
  readonly requirements: {
    /** Bytes. */
    readonly memory: number | null;
    readonly disk: number | null;
    readonly architectures: readonly string[];
  };
  readonly login: {
    readonly user: string | null;
    readonly passwordVariable: string | null;
    readonly path: string | null;
  } | null;
  readonly variables: readonly VariableDefinition[];
  readonly hostFiles: Readonly<Record<string, readonly string[]>>;
}
