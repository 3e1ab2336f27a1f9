import { bilingual, type Bilingual } from '../../../platform/i18n/bilingual';
import { variablesIn } from '../language/interpolate';
import { commentsOf } from './comments';
import { secrecyOf, type Secrecy } from './secret-names';
import { variableDefaults, type VariableDefinition } from './variable-definition';
import type { VariableUse } from './variable-uses';

/** What stores and images set by custom where nobody says otherwise. */
const CUSTOMARY: ReadonlyMap<string, string> = new Map(
  Object.entries({
    TZ: 'UTC',
    TIMEZONE: 'UTC',
    PUID: '1000',
    PGID: '1000',
    UID: '1000',
    GID: '1000',
  }),
);

/** More places than anybody wants to read. */
const MAX_USES = 20;

/**
 * Variables that a Compose file uses and nothing sets, as questions: required where a blank value is an error
 * (`:?`, the beginning of a path, an image), generated where name or use says that it is a secret of the app.
 * `isSet`: whether a file or the server gives it a value. `sharesDefaults`: the store takes the default of one use
 * for all of them.
 */
export function undefinedVariables(
  uses: readonly VariableUse[],
  texts: readonly string[],
  isSet: (name: string) => boolean,
  sharesDefaults = false,
): VariableDefinition[] {
  const byName = new Map<string, VariableUse[]>();
  for (const use of uses) {
    if (isSet(use.name)) continue;
    byName.set(use.name, [...(byName.get(use.name) ?? []), use]);
  }
  if (byName.size === 0) return [];
  let comments: Map<string, string> | null = null;
  return [...byName].map(([name, found]) => {
    comments ??= commentsOf(texts.join('\n'));
    const own = definitionOf(name, found, comments.get(name) ?? null);
    const shared =
      sharesDefaults && own.default === null && !own.secret ? sharedDefault(found) : null;
    return shared === null ? own : { ...own, default: shared, preset: shared, required: false };
  });
}

function definitionOf(
  name: string,
  uses: readonly VariableUse[],
  comment: string | null,
): VariableDefinition {
  const preset = CUSTOMARY.get(name) ?? addressPreset(name, uses);
  const secrecy = preset === null ? secrecyByUse(name, uses) : null;
  const message = uses.find(({ operator }) => operator.endsWith('?'))?.word.trim() || null;
  const about = comment ?? message;
  const fallback = defaultOf(uses);
  const needed = uses.some(isNeeded);
  const generated = secrecy === 'generated';
  const { format, length } = formatOf(name, about);
  return {
    ...variableDefaults,
    format,
    length,
    name,
    title: titleOf(name),
    description: about === null ? null : bilingual(about, about),
    type: generated ? 'password' : 'string',
    default:
      secrecy === null
        ? (fallback ?? (preset !== null && !preset.includes('$') ? preset : null))
        : null,
    required: needed && preset === null && !generated,
    secret: secrecy !== null,
    generated,
    preset: fallback === null ? preset : null,
    usedIn: [...new Set(uses.map(({ path }) => path))].slice(0, MAX_USES),
  };
}

/** A secret that two services share is one of the app's own, whatever it is called. */
function secrecyByUse(name: string, uses: readonly VariableUse[]): Secrecy {
  const own = secrecyOf(name);
  const services = new Set(uses.map(({ path }) => path.split('.', 2)[1]));
  // An empty default says that the app does without.
  if (uses.every(({ operator, word }) => /^:?-$/.test(operator) && word === '')) {
    return own === null ? null : 'asked';
  }
  if (own === 'asked' && services.size > 1 && !/SMTP|MAIL/i.test(name)) return 'generated';
  if (own !== null) return own;
  const names = uses.map(({ passedAs }) => passedAs).filter((item) => item !== null);
  const used = names.map(secrecyOf);
  return used.find((item) => item === 'generated') ?? used.find((item) => item !== null) ?? null;
}

/** The `:-` of a variable where every use has the same; null where it is used without. */
function defaultOf(uses: readonly VariableUse[]): string | null {
  const first = uses[0]?.word ?? '';
  const same = uses.every(({ operator, word }) => /^:?-$/.test(operator) && word === first);
  return same && variablesIn(first).length === 0 ? first.replaceAll('$$', '$') : null;
}

/** The one default that the uses of a variable have, where others have none. */
function sharedDefault(uses: readonly VariableUse[]): string | null {
  const words = new Set(
    uses
      .filter(({ operator, word }) => /^:?-$/.test(operator) && word !== '')
      .map(({ word }) => word),
  );
  const [word = '$'] = words;
  return words.size === 1 && !word.includes('$') ? word : null;
}

function isNeeded({ operator, nested, beginsPath, path }: VariableUse): boolean {
  if (nested) return false;
  if (operator.endsWith('?')) return true;
  return operator === '' && (beginsPath || /^services\.[^.]+\.image$/.test(path));
}

/** Names of the address at which people reach the app. */
function addressPreset(name: string, uses: readonly VariableUse[]): string | null {
  if (uses.every(({ path }) => /^services\.[^.]+\.labels/.test(path))) return null;
  if (
    /^(APP_|SITE_|BASE_|PUBLIC_|ROOT_|SERVER_|WEB_|EXTERNAL_|FRONTEND_|NEXTAUTH_|HOST_|SERVICE_)*(URL|URI)$/.test(
      name,
    )
  ) {
    return '${STACKSCAPE_URL}';
  }
  if (
    /^(APP_|SITE_|BASE_|PUBLIC_|ROOT_|SERVER_|WEB_|EXTERNAL_)*(DOMAIN|FQDN|DOMAIN_NAME|SERVER_NAME|PUBLIC_HOST)$/.test(
      name,
    )
  ) {
    return '${STACKSCAPE_HOST}';
  }
  return null;
}

/** Length and format of a secret, from `openssl rand` in its description or by its kind. */
function formatOf(
  name: string,
  about: string | null,
): Pick<VariableDefinition, 'format' | 'length'> {
  const command = /rand\s+-(hex|base64)\s+(\d{1,3})/.exec(about ?? '');
  if (command) {
    const bytes = Math.min(Number(command[2]), 128);
    return command[1] === 'hex'
      ? { format: 'hex', length: bytes * 2 }
      : { format: 'base64', length: bytes };
  }
  return { format: 'password', length: /KEY|SECRET|TOKEN|SALT/i.test(name) ? 32 : 24 };
}

function titleOf(name: string): Bilingual {
  return bilingual(name, name);
}
