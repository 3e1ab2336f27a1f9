import { resolveTemplate } from '../compose/policy/resolve-template';
import type { ResolvedApp } from '../compose/resolve/resolved-app';
import type { Template } from '../compose/template/template';
import {
  verdictOf,
  type AppVerdict,
  type TemplateProblem,
} from '../compose/language/template-problem';
import { placeholderValues } from '../compose/template/template-variables';
import type { CatalogSource } from '../stores/catalog-source';
import { stampsOf, type AppFolder } from '../stores/find-app-folders';

/** One app of the catalog and what was found about it. */
export interface CatalogEntry {
  readonly name: string;
  readonly source: CatalogSource;
  readonly folder: AppFolder;
  readonly template: Template;
  /** Stamps of the template's files in folders below; empty where it has none. */
  readonly nestedStamps: string;
  readonly verdict: AppVerdict;
  readonly problems: readonly TemplateProblem[];
  /** What an installation would consist of, before any variable is set. Made anew for each who asks. */
  readonly preview: ResolvedApp;
}

/** How templates are evaluated on this machine. */
export interface AssessOptions {
  readonly prefix: string;
  readonly sharedNetwork: string;
  readonly mirrorPrefix?: string;
  readonly gpu?: boolean;
}

/** Whether an app's files are still those that were read, `signature` being that of its folder now. */
export async function isCurrent(entry: CatalogEntry, signature: string): Promise<boolean> {
  const { folder, template, nestedStamps } = entry;
  if (folder.signature !== signature) return false;
  return (
    template.parts.length === 0 || (await stampsOf(folder.path, template.parts)) === nestedStamps
  );
}

/** Judges a template as if it were to be installed now. */
export function assessTemplate(
  template: Template,
  source: CatalogSource,
  folder: AppFolder,
  nestedStamps: string,
  options: AssessOptions,
): CatalogEntry {
  const resolve = () =>
    resolveTemplate(template, { values: placeholderValues(template), ...options });
  const { problems } = resolve();
  // Only the catalog knows what this machine lacks: noted here for those who resolve the template again.
  const lacking = problems.filter(({ kind }) => kind === 'needs-hardware');
  return {
    name: template.name,
    source,
    folder,
    nestedStamps,
    template: { ...template, problems: [...template.problems, ...lacking] },
    verdict: verdictOf(problems),
    problems,
    // Large, and few are ever looked at.
    get preview() {
      return resolve();
    },
  };
}
