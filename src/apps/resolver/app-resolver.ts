import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { APPS_FOLDER } from '../../platform/config/data-folder';
import { Settings } from '../../platform/config/settings';
import type { Bilingual } from '../../platform/i18n/bilingual';
import type { EngineContext } from '../compose/engine/engine-context';
import { buildEnginePlan, type EnginePlan } from '../compose/engine/engine-plan';
import { checkPlan, policyMessage } from '../compose/policy/check-plan';
import { resolveTemplate } from '../compose/policy/resolve-template';
import { containerNameOf } from '../compose/resolve/resolve-resources';
import type { PortLeases, ResolvedApp } from '../compose/resolve/resolved-app';
import { sharedNetworkName } from '../compose/resolve/server-values';
import type { Template } from '../compose/template/template';
import type { Variables } from '../secrets/app-secrets.service';
import { AppNotUsableError } from './template.errors';

/** Where the installer gets its templates from. */
export abstract class TemplateSource {
  /**
   * The template of that name, `app` or `store/app`, usable or not; null where there is none. Where a digest is
   * given and the template of a restored backup has it, that one; else the one of the catalog.
   */
  abstract find(appName: string, digest?: string): Promise<Template | null>;

  /**
   * The name by which the template of an installed app is found: that of its store, unless there is no such
   * store any more.
   */
  abstract nameOf(installed: {
    readonly appName: string;
    readonly store: string | null;
  }): Promise<string>;

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

  resolve(template: Template, values: Variables, leases?: PortLeases): ResolvedApp {
    return resolveTemplate(template, {
      prefix: this.settings.containerPrefix,
      sharedNetwork: this.sharedNetwork,
      // The catalog checks for a GPU and adds a missing one to the template's problems.
      gpu: true,
      values,
      ...(this.settings.imageMirror ? { mirrorPrefix: this.settings.imageMirror } : {}),
      ...(this.settings.publicHost ? { publicHost: this.settings.publicHost } : {}),
      ...(leases ? { leases } : {}),
    });
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
  ): InstallPlan {
    const app = this.resolve(template, values, leases);
    const context: EngineContext = {
      installationId,
      projectDir: this.projectDir(app.appName),
      bindAddress: this.settings.appBind,
      databaseBindAddress: this.settings.dbBind,
    };
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
}
