import { interpolate, RequiredVariableError } from '../language/interpolate';
import type { Template } from '../template/template';
import { listVariables } from '../template/template-variables';
import { STORE_FOLDERS } from '../template/store-folders';

/**
 * Values of variables that nobody has given and no file sets, by name: the folders of stores, what the
 * template's store sets, and the presets of its variables.
 */
export function presetValues(
  template: Template,
  given: Readonly<Record<string, string>>,
): Map<string, string> {
  const presets = new Map(Object.entries(STORE_FOLDERS));
  const lookup = (name: string) =>
    (Object.hasOwn(given, name) ? given[name] : undefined) ?? presets.get(name);
  const set = (name: string, text: string) => {
    try {
      presets.set(name, interpolate(text, lookup));
    } catch (error) {
      if (!(error instanceof RequiredVariableError)) throw error;
    }
  };
  for (const { name, preset } of listVariables(template)) if (preset !== null) set(name, preset);
  for (const { name, value } of template.assignments) set(name, value);
  return presets;
}
