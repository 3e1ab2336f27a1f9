import { Injectable } from '@nestjs/common';
import { verdictOf, type TemplateProblem } from '../compose/language/template-problem';
import type { ResolvedApp } from '../compose/resolve/resolved-app';
import { asInstance, installedName } from '../compose/template/instance';
import type { Template } from '../compose/template/template';
import {
  completeVariables,
  listVariables,
  placeholderValues,
  type CompletedVariables,
} from '../compose/template/template-variables';
import { DomainError } from '../../platform/errors/domain-error';
import type { Bilingual } from '../../platform/i18n/bilingual';
import { AppSecretsService, type Variables } from '../secrets/app-secrets.service';
import { AppResolver, TemplateSource } from './app-resolver';
import {
  AppNotUsableError,
  AppVariablesError,
  InstanceNameTakenError,
  InstanceNameTooLongError,
  UnknownAppError,
} from './template.errors';

/** Of a label in DNS. */
const MAX_LABEL_LENGTH = 63;

/** A template, resolved with complete variables: what an install or a plan starts from. */
export interface PreparedInstall {
  readonly template: Template;
  /** What the user set, now or at the install. */
  readonly given: Variables;
  readonly variables: CompletedVariables;
  readonly app: ResolvedApp;
}

/** What would be installed over an app that is there. */
export interface PreviewedUpgrade {
  readonly variables: CompletedVariables;
  /** With placeholders where values are missing; null: the template is not usable. */
  readonly app: ResolvedApp | null;
  /** Why it cannot be, whatever values are given. */
  readonly obstacle: Bilingual | null;
}

interface PrepareOptions {
  /** The app is there already: what its data was made with stays. */
  readonly installed?: boolean;
  /** Of a backup: its template, where that was restored. */
  readonly digest?: string;
  /** What was set at the install; a variable that the template no longer has is left out. */
  readonly stored?: Variables;
  /** Id of the one node of a Swarm that is to run it. */
  readonly node?: string | null;
  /** Beside the first installation of the app: what this one is called. */
  readonly instance?: string | null;
}

/** Finds an app's template and completes its variables with kept and generated values. */
@Injectable()
export class InstallPreparer {
  constructor(
    private readonly templates: TemplateSource,
    private readonly resolver: AppResolver,
    private readonly secrets: AppSecretsService,
  ) {}

  /**
   * @param appName `app` or `store/app`
   * @param values set by the user, by variable name
   * @throws UnknownAppError, AppNotUsableError, AppVariablesError, InstanceNameTakenError, InstanceNameTooLongError
   */
  async prepare(
    appName: string,
    values: Variables,
    { installed = false, digest, stored = {}, node = null, instance = null }: PrepareOptions = {},
  ): Promise<PreparedInstall> {
    const found = await this.templates.find(appName, digest);
    if (!found) throw new UnknownAppError(appName, await this.templates.findNear(appName));
    const template = asInstance(found, instance);
    if (instance !== null && !installed) await this.refuseName(installedName(template));
    refuseUnusable(appName, template.problems);
    const given = { ...known(template, stored), ...values };
    const variables = await this.complete(template, given, installed);
    if (variables.problems.length > 0) throw new AppVariablesError(variables.problems);
    const app = this.resolver.resolve(template, variables.values, undefined, node);
    refuseUnusable(appName, app.problems);
    this.resolver.refuseUnsupported(app);
    await this.resolver.refuseFiles(template, app);
    if (instance !== null) this.resolver.containerNames(app).forEach(refuseLong);
    return { template, given, variables, app };
  }

  /** What `prepare` would come to for an installed app, without an exception where it cannot. */
  async preview(template: Template, stored: Variables): Promise<PreviewedUpgrade> {
    const variables = await this.complete(template, known(template, stored), true);
    let app: ResolvedApp | null = null;
    try {
      refuseUnusable(template.name, template.problems);
      app = this.resolver.resolve(template, {
        ...placeholderValues(template),
        ...variables.values,
      });
      refuseUnusable(template.name, app.problems);
      this.resolver.refuseUnsupported(app);
      await this.resolver.refuseFiles(template, app);
      return { variables, app, obstacle: null };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { variables, app, obstacle: error.text };
    }
  }

  /**
   * Whether an installation beside the first one of its app may be called so.
   * @throws InstanceNameTakenError, InstanceNameTooLongError
   */
  async refuseName(name: string): Promise<void> {
    refuseLong(this.resolver.containerName(name));
    if (await this.templates.find(name)) throw new InstanceNameTakenError(name);
  }

  private async complete(
    template: Template,
    given: Variables,
    installed: boolean,
  ): Promise<CompletedVariables> {
    const kept = await this.secrets.findKept(installedName(template));
    const hasData = installed || Object.keys(kept).length > 0;
    return completeVariables(template, given, kept, hasData);
  }
}

/** Containers reach each other by their names in DNS. */
function refuseLong(container: string): void {
  if (container.length > MAX_LABEL_LENGTH) throw new InstanceNameTooLongError(container);
}

function known(template: Template, values: Variables): Variables {
  const names = new Set(listVariables(template).map(({ name }) => name));
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)));
}

function refuseUnusable(appName: string, problems: readonly TemplateProblem[]): void {
  if (verdictOf(problems) === 'usable') return;
  throw new AppNotUsableError(
    appName,
    problems
      .filter((problem) => problem.kind !== 'note')
      .map((problem) => ({
        field: `${problem.code}${problem.line === null ? '' : ` (${problem.file ?? ''}:${problem.line})`}`,
        message: problem.message,
      })),
  );
}
