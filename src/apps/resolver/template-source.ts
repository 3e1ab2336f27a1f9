import type { Template } from '../compose/template/template';

/** Where the installer gets its templates from. */
export abstract class TemplateSource {
  /** The template of that name, usable or not; null where no catalog has it. */
  abstract find(appName: string): Promise<Template | null>;
}
