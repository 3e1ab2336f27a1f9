import { isDatabaseImage } from '../../compose/project/database-images';
import { variableNames } from '../../compose/language/interpolate';
import { parseImageReference } from '../../../platform/docker/image-reference';
import type { ComposeService } from '../../compose/project/compose-project';
import type { KeyPath } from '../../compose/language/yaml-source';
import { listVariables } from '../../compose/template/template-variables';
import type { CatalogEntry } from '../catalog-entry';
import { literalSecrets } from './literal-secrets';

export interface LintFinding {
  readonly app: string;
  /** Short name of the rule, e.g. `pinned-version`. */
  readonly rule: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly message: string;
}

/** `where`: a key of the Compose file, or the name of another file. */
type Report = (rule: string, message: string, where?: KeyPath | string | null) => void;
type Rule = (entry: CatalogEntry, report: Report) => void;

/** Rules for every catalog. */
const commonRules: readonly Rule[] = [
  usable,
  pinnedVersions,
  steadyServices,
  noLiteralSecrets,
  mainPort,
  database,
  variables,
];

/** Rules of our own catalog on top. */
const ownRules: readonly Rule[] = [metadata, plainCompose];

/** Everything that is wrong with an app, by the rules of docs/catalog.md. */
export function lintApp(entry: CatalogEntry): LintFinding[] {
  const findings: LintFinding[] = [];
  const report: Report = (rule, message, where) => {
    const { source, composeFile } = entry.template;
    const path = typeof where === 'string' || composeFile === '' ? null : (where ?? null);
    findings.push({
      app: entry.name,
      rule,
      file: typeof where === 'string' ? where : path && source.fileOf(path),
      line: path && source.lineOf(path),
      message,
    });
  };
  usable(entry, report);
  // A template that cannot be read has nothing for the other rules to look at.
  if (entry.preview.project.services.size === 0) return findings;
  const rules = entry.source.builtIn ? [...commonRules, ...ownRules] : commonRules;
  for (const rule of rules) if (rule !== usable) rule(entry, report);
  return findings;
}

function usable({ problems }: CatalogEntry, report: Report): void {
  for (const { kind, code, key, file, line, message } of problems) {
    if (kind === 'note' && code !== 'env-line') continue;
    const place = line === null ? '' : ` (line ${line})`;
    report('usable', `${kind}: ${code}${key ? ` at ${key}` : ''}${place}: ${message.en}`, file);
  }
}

const required = ['title', 'description', 'category', 'version', 'website', 'main'] as const;

function metadata({ template, preview }: CatalogEntry, report: Report): void {
  const { metadata: data, name } = template;
  const missing = required.filter((key) => data[key] === null || data[key] === 'other');
  for (const key of missing) report('metadata', `app.json lacks ${key}`, 'app.json');
  if (data.description && !/\p{Script=Han}/u.test(data.description.zh)) {
    report('metadata', 'description.zh is not in Chinese', 'app.json');
  }
  if (data.description && /\p{Script=Han}/u.test(data.description.en)) {
    report('metadata', 'description.en is not in English', 'app.json');
  }
  for (const variable of data.variables) {
    if (/\p{Script=Han}/u.test(variable.title.zh)) continue;
    report('metadata', `the title of ${variable.name} is not in Chinese`, 'app.json');
  }
  const { service, port } = data.main ?? {};
  if (service !== undefined && service !== preview.mainService) {
    report('metadata', `main.service ${service} does not exist`, 'app.json');
  }
  if (data.main && !port) report('metadata', 'app.json lacks main.port', 'app.json');
  const password = data.login?.passwordVariable;
  if (
    password &&
    !data.variables.some((item) => item.name === password && item.type === 'password')
  ) {
    report('metadata', `login.passwordVariable ${password} is no password of app.json`, 'app.json');
  }
  const image = preview.project.services.get(preview.mainService)?.image;
  const tag = image ? parseImageReference(image).tag?.replace(/^v(?=\d)/, '') : null;
  const version = data.version?.replace(/^v(?=\d)/, '');
  if (tag && version && !tag.startsWith(version) && !tag.includes(version)) {
    report(
      'metadata',
      `version ${version} of ${name} is not the tag ${tag} of its image`,
      'app.json',
    );
  }
}

const movingTags = /^(latest|stable|main|master|edge|nightly|dev|develop|release|lts)$/;

function pinnedVersions({ preview }: CatalogEntry, report: Report): void {
  for (const { name, image, build } of preview.project.services.values()) {
    if (image === null || build) continue;
    const { tag, digest } = parseImageReference(image);
    if (digest !== null || (tag !== null && !movingTags.test(tag))) continue;
    report('pinned-version', `${image} is not pinned to a version`, ['services', name, 'image']);
  }
}

function steadyServices({ preview }: CatalogEntry, report: Report): void {
  const jobs = new Set<string>();
  for (const { dependsOn } of preview.project.services.values()) {
    for (const [name, { condition }] of dependsOn) {
      if (condition === 'service_completed_successfully') jobs.add(name);
    }
  }
  for (const service of preview.project.services.values()) {
    const path = (key: string): KeyPath => ['services', service.name, key];
    if (service.limits.memory === null) {
      report('memory-limit', `${service.name} has no memory limit`, path('mem_limit'));
    }
    const policy = service.restart.policy;
    if (jobs.has(service.name)) {
      if (policy !== 'no' && policy !== 'on-failure') {
        report('restart', `the job ${service.name} would be restarted endlessly`, path('restart'));
      }
      continue;
    }
    if (policy !== 'unless-stopped') {
      report('restart', `${service.name} has no restart: unless-stopped`, path('restart'));
    }
    const { healthcheck } = service;
    if (!healthcheck || healthcheck.disable || healthcheck.test === null) {
      report('health-check', `${service.name} has no health check`, path('healthcheck'));
    }
  }
}

function noLiteralSecrets({ template }: CatalogEntry, report: Report): void {
  for (const { name, path, line } of literalSecrets(template)) {
    const place = line === null ? '' : ` on line ${line}`;
    report('no-default-password', `${name} has a fixed value${place}`, path ?? '.env');
  }
}

function mainPort({ preview, template }: CatalogEntry, report: Report): void {
  for (const port of preview.ports) {
    const service = preview.project.services.get(port.service);
    const published = service?.ports.find(
      (item) => item.containerPort === port.containerPort && item.protocol === port.protocol,
    );
    if (published && published.variable === null) {
      report('port-variable', `${port.key} is published without a variable`, published.path);
    }
    if (!published && port === preview.mainPort) {
      report('port-variable', `the main port ${port.key} is not published`, [
        'services',
        port.service,
        'ports',
      ]);
    }
  }
  const configured = template.metadata.main?.port;
  if (configured && preview.mainPort?.containerPort !== configured) {
    report('port-variable', `main.port ${configured} is not published`, [
      'services',
      preview.mainService,
      'ports',
    ]);
  }
}

function database({ preview, template }: CatalogEntry, report: Report): void {
  const services = [...preview.project.services.values()];
  const known = services.filter((service: ComposeService) => isDatabaseImage(service.image ?? ''));
  if (known.length > 0 && !preview.database) {
    report('database', `${known[0]?.name} is a database and not named as one`, [
      'services',
      known[0]?.name ?? '',
    ]);
  }
  if (
    template.metadata.database &&
    !preview.project.services.has(template.metadata.database.service)
  ) {
    report(
      'database',
      `database.service ${template.metadata.database.service} does not exist`,
      'app.json',
    );
  }
  for (const service of known) {
    if (service.name === preview.mainService || service.ports.length === 0) continue;
    report('database', `${service.name} publishes its port itself`, [
      'services',
      service.name,
      'ports',
    ]);
  }
}

function variables({ template, preview }: CatalogEntry, report: Report): void {
  const used = new Set(variableNames(template.source.text));
  for (const { raw, quote } of template.dotEnv.entries) {
    if (quote !== "'") for (const name of variableNames(raw ?? '')) used.add(name);
  }
  const passed = new Set<string>();
  for (const { environment } of preview.project.services.values()) {
    for (const name of environment.keys()) passed.add(name);
  }
  for (const { name } of template.metadata.variables) {
    if (!used.has(name) && !passed.has(name)) {
      report('variables', `the variable ${name} is not used anywhere`, 'app.json');
    }
  }
  for (const { name, usedIn, default: fallback, preset } of listVariables(template)) {
    const key = usedIn[0];
    if (key === undefined || fallback !== null || preset !== null) continue;
    report('variables', `the variable ${name} has no value`, key.split('.'));
  }
}

function plainCompose({ preview, template }: CatalogEntry, report: Report): void {
  const top = template.source.data as Record<string, unknown>;
  if ('version' in top) report('plain-compose', 'version: has no meaning any more', ['version']);
  for (const service of preview.project.services.values()) {
    if (service.containerName !== null) {
      const path = ['services', service.name, 'container_name'];
      report('plain-compose', `${service.name} has a fixed container name`, path);
    }
    for (const { type, source, path } of service.mounts) {
      if (type === 'bind' && source?.startsWith('/')) {
        report('plain-compose', `${service.name} binds the host path ${source}`, path);
      }
    }
  }
}
