import type { LoadTemplateOptions, Template } from './template';

/**
 * Reads one app's folder. Never throws for what is in the folder: what is wrong stands in
 * `problems`. Links that lead out of the folder are not followed.
 */
export function loadTemplate(folder: string, options: LoadTemplateOptions = {}): Promise<Template> {
  throw new Error(`not written yet: ${folder} ${JSON.stringify(options)}`);
}
