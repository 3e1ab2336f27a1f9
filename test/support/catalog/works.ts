import type { CatalogEntry } from '../../../src/apps/catalog/catalog-entry';
import { insideProject } from '../../../src/apps/compose/language/app-folder-path';
import { databasePortOf } from '../../../src/apps/compose/project/database-images';
import { publicSecretsOf } from '../../../src/apps/compose/template/public-secrets';
import { variableUsesOf, type VariableUse } from '../../../src/apps/compose/template/variable-uses';

/**
 * Why an app that is installed with no more than its required questions answered would not come up with its
 * secrets, its address and its data in a safe place; empty where it works. Each reason begins with a short code.
 */
export function reasonsAgainst(entry: CatalogEntry): string[] {
  const { verdict, problems, preview } = entry;
  if (verdict !== 'usable') {
    const codes = problems.filter(({ kind }) => kind !== 'note').map(({ code }) => code);
    return [`${verdict}: ${[...new Set(codes)].join(' ')}`];
  }
  return [
    ...blankVariables(entry),
    ...weakSecrets(entry),
    ...(preview.mainPort === null ? ['no main port'] : databaseAsMain(entry)),
    ...dataOutside(entry),
  ];
}

/** Reasons with the number of apps that have them, the most frequent first. */
export function countReasons(reasons: readonly (readonly string[])[]): string[] {
  const counts = new Map<string, number>();
  for (const kind of reasons.flatMap((all) => [...new Set(all.map(kindOf))])) {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${count} × ${kind}`);
}

function kindOf(reason: string): string {
  return reason.replace(/ \(.*\)$/, '');
}

/** Variables without a value where the template cannot do without. */
function blankVariables({ template, preview }: CatalogEntry): string[] {
  const values = new Map(preview.variables.map(({ name, value }) => [name, value]));
  // Leased at install.
  for (const { variable } of preview.ports) if (variable !== null) values.set(variable, 'leased');
  const blank = variableUsesOf(template.source.data).filter(
    (use) => !values.get(use.name)?.trim() && needsValue(use),
  );
  return [...new Set(blank.map(({ name }) => `blank variable (${name})`))];
}

/**
 * An option may stay blank: a container variable that takes nothing else, or a template that says so by `:-`. A
 * part of a longer text (an address, a command, a path, an image) may not, nor a label that is no option.
 */
function needsValue({ operator, passedAs, nested, path }: VariableUse): boolean {
  if (nested || operator.endsWith('+') || operator === '=') return false;
  if (operator.endsWith('-')) return false;
  if (operator.endsWith('?')) return true;
  if (/^services\.[^.]+\.labels/.test(path)) return false;
  return passedAs === null;
}

/** Secrets of the app that everybody can read in the store. */
function weakSecrets({ template, preview }: CatalogEntry): string[] {
  const sources = new Map(preview.variables.map(({ name, source }) => [name, source]));
  return [...publicSecretsOf(template.dotEnv)]
    .filter(([, name]) => sources.get(name) === 'default')
    .map(([, name]) => `public secret (${name})`);
}

/** A web app must not be reached at the port of its database. */
function databaseAsMain({ preview }: CatalogEntry): string[] {
  const { mainPort, project } = preview;
  const service = project.services.get(mainPort?.service ?? '');
  const port = databasePortOf(service?.image ?? '');
  const others = [...project.services.values()].filter(
    ({ image }) => databasePortOf(image ?? '') === null,
  );
  const wrong = port !== null && port === mainPort?.containerPort && others.length > 0;
  return wrong ? [`main port of a database (${service?.name})`] : [];
}

/** Binds that are neither in the app's own folder nor a clock of the machine. */
function dataOutside({ preview }: CatalogEntry): string[] {
  return [...preview.project.services.values()].flatMap(({ mounts }) =>
    mounts.flatMap(({ type, source }) => {
      const own = type !== 'bind' || source === null || insideProject(source);
      const clock = source === '/etc/localtime' || source === '/etc/timezone';
      return own || clock ? [] : [`data outside (${source})`];
    }),
  );
}
