import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { DomainError } from '../../platform/errors/domain-error';
import { bilingual } from '../../platform/i18n/bilingual';
import { composeLabels } from '../compose/engine/labels';
import { asInstance } from '../compose/template/instance';
import type { Template } from '../compose/template/template';
import { listVariables } from '../compose/template/template-variables';
import { variableDefaults, type VariableDefinition } from '../compose/template/variable-definition';
import { Home } from '../homes/home';
import { ImageChecks } from '../images/image-checks';
import type { ImageCheck } from '../images/image-check.entity';
import type { AppManifest } from '../installations/app-manifest';
import type { AppInstallation } from '../installations/installation.entity';
import { goArchitecture } from '../preflight/preflight-check';
import { TemplateSource } from '../resolver/app-resolver';
import { InstallPreparer, type PreviewedUpgrade } from '../resolver/install-preparer';
import { AppSecretsService, type Variables } from '../secrets/app-secrets.service';
import { AppRecords } from '../status/app-records';
import { ContainerStates, type ContainersByInstallation } from '../status/container-states';
import type { AppUpdate, VariableUpdate } from './app-update';
import { askedImages, imageChanges, type RunningImage } from './image-changes';
import { portChanges, variableChanges, volumeChanges } from './template-changes';
import { updateWords } from './update-words';

/** The template as it is now, beside what the app was installed from. */
interface Next extends Omit<PreviewedUpgrade, 'variables'> {
  readonly template: Template | null;
  readonly variables: readonly VariableUpdate[];
}

interface Known {
  readonly updatedAt: number;
  readonly template: Template | null;
  readonly next: Next;
}

/** What holds for all apps of one answer. */
interface Surroundings {
  readonly containers: ContainersByInstallation;
  /** Null: registries are not asked. */
  readonly checks: ReadonlyMap<string, ImageCheck> | null;
  /** Of the engine, in Go's names. */
  readonly architecture: string;
}

const GONE = bilingual(
  '目录中已没有这个应用的模板',
  'the catalog has no template of this app any more',
);

/** What an upgrade of each installed app would change. Asks no registry: what it knows of them was asked before. */
@Injectable()
export class AppUpdates {
  /** By installation: templates are compared once for each change of either. */
  private known = new Map<string, Known>();

  constructor(
    private readonly engine: DockerEngine,
    private readonly records: AppRecords,
    private readonly states: ContainerStates,
    private readonly templates: TemplateSource,
    private readonly preparer: InstallPreparer,
    private readonly secrets: AppSecretsService,
    private readonly checks: ImageChecks,
    private readonly home: Home,
  ) {}

  /**
   * By app name; an app with work under way is not in the list.
   * @param options.here only apps of this home
   * @throws EngineError where the engine must be asked and does not answer
   */
  async list({ here = false } = {}): Promise<AppUpdate[]> {
    const records = [...(await this.records.current()).values()];
    const installed = records.filter(({ row }) => row.activeApp !== null && row.state === 'installed'); // prettier-ignore
    const around: Surroundings = {
      containers: await this.states.current(),
      checks: this.checks.isOn ? await this.checks.all() : null,
      architecture: goArchitecture((await this.engine.facts()).arch),
    };
    const updates: AppUpdate[] = [];
    const ids = new Set(installed.map(({ row }) => row.id));
    for (const id of this.known.keys()) if (!ids.has(id)) this.known.delete(id);
    for (const { row, manifest, leases } of installed) {
      if (manifest && (!here || this.home.isHere(row.home)))
        updates.push(await this.of(row, manifest, Object.keys(leases), around));
    }
    return updates;
  }

  private async of(
    row: AppInstallation,
    manifest: AppManifest,
    leased: readonly string[],
    { containers, checks, architecture }: Surroundings,
  ): Promise<AppUpdate> {
    const next = await this.nextOf(row);
    const { app, template } = next;
    const running = runningImages(manifest, containers.get(row.id) ?? []);
    const isNewer = template !== null && template.digest !== row.templateDigest;
    const nextImages = app && template && { app, hasArchives: template.archives.length > 0, architecture }; // prettier-ignore
    const images = nextImages ? imageChanges(running, nextImages, checks) : [];
    const moved = images.filter(({ change }) => change === 'moved');
    const changes = {
      templateDigest: { from: row.templateDigest, to: template?.digest ?? null },
      version: {
        from: row.version,
        to: template ? (isNewer ? template.metadata.version : row.version) : null,
      },
      images,
      variables: isNewer ? next.variables : [],
      ports: isNewer && app ? portChanges(leased, app) : [],
      volumes: isNewer && app ? volumeChanges(manifest.volumes, app) : [],
    };
    const available = isNewer || moved.length > 0;
    const told = [row.id, template?.digest, ...moved.map(({ to, registryDigest }) => [to, registryDigest])]; // prettier-ignore
    return {
      appName: row.appName,
      title: manifest.title ?? bilingual(row.appName, row.appName),
      installationId: row.id,
      stopped: Boolean(row.stopped),
      available,
      obstacle: next.obstacle,
      ...changes,
      words: available ? updateWords(changes) : [],
      asked: nextImages ? askedImages(nextImages) : [],
      mark: createHash('sha256').update(JSON.stringify(told)).digest('hex'),
    };
  }

  /** Read and compared again only where the installation or the template changed. */
  private async nextOf(row: AppInstallation): Promise<Next> {
    let template: Template | null;
    let name: string;
    try {
      name = await this.templates.nameOf(row);
      template = await this.templates.find(name);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { template: null, app: null, variables: [], obstacle: error.text };
    }
    const updatedAt = row.updatedAt.getTime();
    const known = this.known.get(row.id);
    if (known?.updatedAt === updatedAt && known.template === template) return known.next;
    const next = template ? await this.compare(row, name, template) : NO_TEMPLATE;
    this.known.set(row.id, { updatedAt, template, next });
    return next;
  }

  private async compare(row: AppInstallation, name: string, template: Template): Promise<Next> {
    const { values, given } = this.secrets.openVariables(row.id, row.variables);
    const { variables, app, obstacle } = await this.preparer.preview(
      asInstance(template, row.instance),
      given,
    );
    if (template.digest === row.templateDigest) return { template, app, obstacle, variables: [] };
    const old = await this.templates.find(name, row.templateDigest);
    const after = listVariables(template);
    // Without the old template only what has a value, or lacks one, tells of a change.
    const wanting = new Set(variables.problems.map(({ field }) => field));
    const before =
      old?.digest === row.templateDigest
        ? listVariables(old)
        : [...ofNames(values), ...after.filter(({ name }) => !wanting.has(`variables.${name}`))];
    const changes = variableChanges(before, after, variables.problems);
    return { template, app, obstacle, variables: changes };
  }
}

const NO_TEMPLATE: Next = { template: null, app: null, variables: [], obstacle: GONE };

/** Of an installation whose template was not kept: what had a value. */
function ofNames(values: Variables): VariableDefinition[] {
  return Object.keys(values).map((name) => ({
    ...variableDefaults,
    name,
    title: bilingual(name, name),
    type: 'string',
    default: null,
  }));
}

type Containers = NonNullable<ReturnType<ContainersByInstallation['get']>>;

/** One for each service. */
function runningImages(manifest: AppManifest, containers: Containers): RunningImage[] {
  const byService = new Map<string, RunningImage>();
  for (const { service, image } of manifest.containers) {
    const mine = containers.find(({ labels }) => labels[composeLabels.service] === service);
    // The engine shows an image that has lost its name by its id.
    const named = mine && !mine.image.startsWith('sha256:') ? mine.image : null;
    byService.set(service, { service, reference: image ?? named, id: mine?.imageId ?? null });
  }
  return [...byService.values()];
}
