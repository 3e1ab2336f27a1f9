import { bilingual } from '../../../platform/i18n/bilingual';
import type { ComposeSource } from '../language/compose-source';
import { variableDefaults, type VariableDefinition } from './variable-definition';

/** Set by the server in CasaOS templates; see `resolveTemplate`. */
const casaSystem = new Set([
  'AppID',
  'COMPOSE_PROJECT_NAME',
  'DefaultUserName',
  'PGID',
  'PUID',
  'TZ',
  'WEBUI_PORT',
]);

/**
 * CasaOS templates rely on variables that the store or the user sets and no file defines: passwords are
 * generated, the others may be filled in.
 */
export function casaVariables(
  source: ComposeSource,
  defined: ReadonlyMap<string, string>,
): VariableDefinition[] {
  const names = undefinedVariables(source.data).filter(
    (name) => !casaSystem.has(name) && !defined.has(name),
  );
  return names.map((name) => {
    const password = /(PASSWORD|PASSWD|PASS|PWD)$/i.test(name);
    return {
      ...variableDefaults,
      name,
      title: bilingual(name, name),
      type: password ? 'password' : 'string',
      default: null,
      secret: password || /SECRET|TOKEN|KEY/i.test(name),
      generated: password,
    };
  });
}

/** Names that services use as `$NAME` or `${NAME}`: without a default of their own. */
function undefinedVariables(data: unknown): string[] {
  const names = new Set<string>();
  const seen = new Set<unknown>();
  const visit = (value: unknown, key: string): void => {
    if (key.startsWith('x-')) return;
    if (typeof value === 'string') {
      const plainUses = value.replaceAll('$$', '').matchAll(/\$(?:(\w+)|\{(\w+)\})/g);
      for (const [, bare, braced] of plainUses) names.add(bare ?? braced ?? '');
    } else if (typeof value === 'object' && value !== null && !seen.has(value)) {
      // An anchor may stand in many places.
      seen.add(value);
      for (const [inner, item] of Object.entries(value)) visit(item, inner);
    }
  };
  visit(data, '');
  return [...names].filter((name) => /^[A-Za-z_]/.test(name));
}
