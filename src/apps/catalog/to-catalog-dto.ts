import type { Language } from '../../platform/i18n/bilingual';
import { categoryTitles, OTHER_CATEGORY } from '../compose/template/app-metadata';
import type { AppVerdict, TemplateProblem } from '../compose/language/template-problem';
import { listVariables } from '../compose/template/template-variables';
import type { CatalogEntry } from './catalog-entry';
import type { CatalogSnapshot } from './catalog-loader';
import type {
  CatalogueAppDetailsDto,
  CatalogueAppDto,
  TemplateProblemDto,
} from './catalog-app.dto';
import { pageOf } from '../../http/fields/paging';
import type { CatalogueReportQueryDto } from './catalog-query.dto';
import type { CatalogueReportDto } from './catalog-report.dto';

export function toCatalogAppDto({
  name,
  template,
  verdict,
  source,
}: CatalogEntry): CatalogueAppDto {
  const { metadata } = template;
  return {
    appName: name,
    store: source.store,
    title: metadata.title,
    description: metadata.description,
    category: metadata.category,
    categoryTitle:
      categoryTitles[metadata.category] ?? categoryTitles[OTHER_CATEGORY] ?? metadata.title,
    version: metadata.version ?? versionOf(template.dotEnv.entries),
    icon: metadata.icon,
    verdict,
    builtIn: source.builtIn,
  };
}

export function toCatalogAppDetailsDto(
  entry: CatalogEntry,
  others: string[],
  language: Language,
): CatalogueAppDetailsDto {
  const { template, preview } = entry;
  const { metadata } = template;
  return {
    ...toCatalogAppDto(entry),
    others,
    tips: metadata.tips,
    path: metadata.main?.path ?? metadata.login?.path ?? null,
    website: metadata.website,
    documentation: metadata.documentation,
    license: metadata.license,
    requirements: {
      ...metadata.requirements,
      architectures: [...metadata.requirements.architectures],
    },
    login: metadata.login,
    mainService: preview.mainService,
    services: preview.startOrder.flat(),
    images: preview.images.map((image) => ({
      reference: image.reference,
      services: [...image.services],
      built: image.build !== null,
    })),
    ports: preview.ports.map(({ service, containerPort, protocol, variable, role }) => ({
      service,
      containerPort,
      protocol,
      variable,
      role,
    })),
    volumes: preview.volumes.map(({ name }) => name),
    archives: [...template.archives],
    variables: listVariables(template).map((variable) => ({
      name: variable.name,
      title: variable.title,
      description: variable.description,
      type: variable.type,
      default: variable.secret ? null : variable.default,
      pattern: variable.pattern,
      options: [...variable.options],
      min: variable.min,
      max: variable.max,
      required: variable.required,
      secret: variable.secret,
      generated: variable.generated,
      usedIn: [...variable.usedIn],
    })),
    problems: entry.problems.map((problem) => toProblemDto(problem, language)),
  };
}

export function toCatalogReportDto(
  snapshot: CatalogSnapshot,
  query: CatalogueReportQueryDto,
  language: Language,
): CatalogueReportDto {
  const { page, skip, take } = pageOf(query);
  const entries = [...snapshot.entries.values()];
  const count = (verdict: AppVerdict) =>
    entries.filter((entry) => entry.verdict === verdict).length;
  const verdict = query.verdict ?? 'all';
  const noted = entries
    .filter(({ problems }) => problems.length > 0)
    .filter((entry) => verdict === 'all' || entry.verdict === verdict)
    .filter(({ source }) => !query.store || source.store === query.store);
  return {
    total: noted.length,
    page,
    limit: take,
    loading: snapshot.loading,
    usable: count('usable'),
    forbidden: count('forbidden'),
    broken: count('broken'),
    unsupported: count('unsupported'),
    needsHardware: count('needs-hardware'),
    milliseconds: snapshot.milliseconds,
    loadedAt: snapshot.loadedAt.toISOString(),
    sources: snapshot.sources.map(({ source: { git, ...source }, apps, readable }) => ({
      ...source,
      address: git?.address ?? null,
      apps,
      readable,
    })),
    shadowed: snapshot.shadowed.map(({ name, qualified, path, usedPath }) => ({
      appName: name,
      name: qualified,
      path,
      usedPath,
    })),
    apps: noted.slice(skip, skip + take).map((entry) => ({
      appName: entry.name,
      store: entry.source.store,
      path: entry.template.folder,
      verdict: entry.verdict,
      problems: entry.problems.map((problem) => toProblemDto(problem, language)),
    })),
  };
}

export function toProblemDto(problem: TemplateProblem, language: Language): TemplateProblemDto {
  const { kind, code, key, file, line, message } = problem;
  return { kind, code, key, file, line, message: message[language] };
}

/** Templates of the Websoft9 layout keep their version in `.env`. */
function versionOf(
  entries: readonly { readonly name: string; readonly raw: string | null }[],
): string | null {
  return entries.find(({ name }) => name === 'W9_VERSION')?.raw || null;
}
