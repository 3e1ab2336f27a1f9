import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Injectable } from '@nestjs/common';
import { APPS_FOLDER } from '../../platform/config/data-folder';
import { Settings } from '../../platform/config/settings';
import type { Bilingual } from '../../platform/i18n/bilingual';
import type { EngineContext } from '../compose/engine/engine-context';
import { buildEnginePlan, type EnginePlan } from '../compose/engine/engine-plan';
import { checkPlan, policyMessage } from '../compose/policy/check-plan';
import { resolveTemplate } from '../compose/policy/resolve-template';
import { containerNameOf } from '../compose/resolve/resolve-resources';
import type { ResolveInput } from '../compose/resolve/resolve-input';
import type { PortLeases, ResolvedApp } from '../compose/resolve/resolved-app';
import { sharedNetworkName } from '../compose/resolve/server-values';
import { asInstance, type NamedInstallation } from '../compose/template/instance';
import type { Template } from '../compose/template/template';
import type { Variables } from '../secrets/app-secrets.service';
import { refuseFiles, refuseInSwarm, withPortsOfServices } from './swarm-limits';
import { AppNotUsableError } from './template.errors';

/** What was installed, and from which store. */
export interface Installed extends NamedInstallation {
  readonly store: string | null;
}

/** Where the installer gets its templates from. */
export abstract class TemplateSource {
  /**
   * The template of that name, `app` or `store/app`, usable or not; null where there is none. Where a digest is
   * given and the template of an installed app or of a restored backup has it, that one; else the one of the catalog.
   */
  abstract find(appName: string, digest?: string): Promise<Template | null>;

  /**
   * The name by which the template of an installed app is found: that of its store, unless there is no such
   * store any more.
   */
  abstract nameOf(installed: Installed): Promise<string>;

  /** The template of an installed app, with the digest where it is still known; it carries the app's instance. */
  async findOf(installed: Installed, digest?: string): Promise<Template | null> {
    const template = await this.find(await this.nameOf(installed), digest);
    return template && asInstance(template, installed.instance);
  }

  /** Keeps a copy of what an app is installed from, for its backups and repairs. Never rejects. */
  abstract remember(template: Template): Promise<void>;

  /** Names that are nearly that one, the nearest first. */
  abstract findNear(appName: string): Promise<readonly string[]>;
}

/** Everything that one installation sends to the engine. */
export interface InstallPlan extends EnginePlan {
  /** The app's name for people. */
  readonly title: Bilingual;
  readonly app: ResolvedApp;
  readonly projectDir: string;
}

/** Turns a template, values and leases into what is sent to the engine; knows our settings. */
@Injectable()
export class AppResolver {
  constructor(private readonly settings: Settings) {}

  /** Name of the network that all apps share. */
  get sharedNetwork(): string {
    return sharedNetworkName(this.settings.containerPrefix);
  }

  projectDir(appName: string): string {
    return join(this.settings.dataDir, APPS_FOLDER, appName);
  }

  /** Name of the container that answers for the app. */
  containerName(appName: string): string {
    return `${this.settings.containerPrefix}${appName}`;
  }

  /** Names of all containers that an installation of the app would have. */
  containerNames(app: ResolvedApp): string[] {
    const { containerPrefix: prefix } = this.settings;
    const { appName, mainService } = app;
    return [...app.project.services.values()].flatMap((service) =>
      Array.from({ length: service.replicas }, (_, index) =>
        containerNameOf({ appName, prefix, mainService }, service, index + 1),
      ),
    );
  }

  /** @param node id of the one node of a Swarm that is to run it; null: any */
  resolve(
    template: Template,
    values: Variables,
    leases?: PortLeases,
    node: string | null = null,
  ): ResolvedApp {
    const resolved = resolveTemplate(template, this.inputOf(values, leases));
    if (this.settings.orchestrator === 'engine') return resolved;
    const app = node === null ? resolved : { ...resolved, node };
    return withPortsOfServices(app, ({ role, hostIp }) => {
      const { dbBind, appBind } = this.settings;
      return hostIp ?? (role === 'database' ? dbBind : appBind);
    });
  }

  /**
   * The same app under names and in a folder that belong to no installation. The policy is applied to it whatever
   * its catalog may do, and no name that the template itself chooses is taken over: see its `problems`.
   * @param apart `id` makes the names, `projectDir` is where its binds begin
   */
  resolveApart(
    template: Template,
    values: Variables,
    leases: PortLeases,
    { id, projectDir }: { readonly id: string; readonly projectDir: string },
  ): { readonly app: ResolvedApp; readonly plan: EnginePlan } {
    const prefix = `${this.settings.containerPrefix}trial-${id.slice(0, 8)}-`;
    const input = { ...this.inputOf(values, leases), prefix };
    const app = resolveTemplate({ ...template, trusted: false }, input);
    const context = { ...this.contextOf(app.appName, id), projectDir };
    // Nothing is published: a port that the installed app has not may have any number.
    const numbers = Object.fromEntries(app.ports.map(({ key }) => [key, leases[key] ?? 1]));
    return { app, plan: buildEnginePlan(app, numbers, context) };
  }

  /** @throws AppNotUsableError where it needs what the services of a Swarm do not have, and is to run as such */
  refuseUnsupported(app: ResolvedApp): void {
    if (this.settings.orchestrator === 'engine') return;
    refuseInSwarm(app.appName, this.draft(app));
  }

  /** @throws AppNotUsableError where a file of the template is none that a Swarm keeps, and is to be kept by one */
  async refuseFiles({ folder }: Template, app: ResolvedApp): Promise<void> {
    if (this.settings.orchestrator === 'engine') return;
    const { projectDir } = this.contextOf(app.appName, '');
    const written = new Set(app.files.map(({ path }) => join(projectDir, path)));
    await refuseFiles(app.appName, this.draft(app), async (path) => {
      if (written.has(path)) return null;
      const found = await stat(join(folder, relative(projectDir, path))).catch(() => null);
      return found?.size ?? null;
    });
  }

  /** What would be sent to the engine, but for the numbers of ports and the installation. */
  draft(app: ResolvedApp): EnginePlan {
    const anyPort = Object.fromEntries(app.ports.map(({ key }) => [key, 1]));
    return buildEnginePlan(app, anyPort, this.contextOf(app.appName, ''));
  }

  /**
   * What is sent to the engine, checked against the policy as it is.
   * @throws AppNotUsableError when the specifications hold what the policy refuses
   */
  plan(
    template: Template,
    values: Variables,
    leases: PortLeases,
    installationId: string,
    node: string | null = null,
  ): InstallPlan {
    const app = this.resolve(template, values, leases, node);
    const context = this.contextOf(app.appName, installationId);
    const plan = buildEnginePlan(app, leases, context);
    const violations = app.trusted ? [] : checkPlan(template, { app, plan, context });
    if (violations.length > 0) {
      throw new AppNotUsableError(
        app.appName,
        violations.map((violation) => ({
          field: violation.code,
          message: policyMessage(violation),
        })),
      );
    }
    return { title: template.metadata.title, app, projectDir: context.projectDir, ...plan };
  }

  private inputOf(values: Variables, leases?: PortLeases): ResolveInput {
    const { containerPrefix: prefix, imageMirror, publicHost } = this.settings;
    return {
      prefix,
      sharedNetwork: this.sharedNetwork,
      // The catalog checks for a GPU and adds a missing one to the template's problems.
      gpu: true,
      values,
      ...(imageMirror ? { mirrorPrefix: imageMirror } : {}),
      ...(publicHost ? { publicHost } : {}),
      ...(leases ? { leases } : {}),
    };
  }

  private contextOf(appName: string, installationId: string): EngineContext {
    return {
      installationId,
      projectDir: this.projectDir(appName),
      bindAddress: this.settings.appBind,
      databaseBindAddress: this.settings.dbBind,
      orchestrator: this.settings.orchestrator,
    };
  }
}
