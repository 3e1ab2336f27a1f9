import { Injectable } from '@nestjs/common';
import { verdictOf, type TemplateProblem } from '../compose/language/template-problem';
import type { ResolvedApp } from '../compose/resolve/resolved-app';
import type { Template } from '../compose/template/template';
import { completeVariables, type CompletedVariables } from '../compose/template/template-variables';
import { AppSecretsService, type Variables } from '../secrets/app-secrets.service';
import { AppResolver, TemplateSource } from './app-resolver';
import { AppNotUsableError, AppVariablesError, UnknownAppError } from './template.errors';

/** A template, resolved with complete variables: what an install or a plan starts from. */
export interface PreparedInstall {
  readonly template: Template;
  readonly variables: CompletedVariables;
  readonly app: ResolvedApp;
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
   * @param given values set by the user, by variable name
   * @param installed the app is there already: what its data was made with stays
   * @param digest of a backup: its template, where that was restored
   * @throws UnknownAppError, AppNotUsableError, AppVariablesError
   */
  async prepare(
    appName: string,
    given: Variables,
    { installed = false, digest }: { readonly installed?: boolean; readonly digest?: string } = {},
  ): Promise<PreparedInstall> {
    const template = await this.templates.find(appName, digest);
    if (!template) throw new UnknownAppError(appName, await this.templates.findNear(appName));
    refuseUnusable(appName, template.problems);
    const kept = await this.secrets.findKept(template.name);
    const hasData = installed || Object.keys(kept).length > 0;
    const variables = completeVariables(template, given, kept, hasData);
    if (variables.problems.length > 0) throw new AppVariablesError(variables.problems);
    const app = this.resolver.resolve(template, variables.values);
    refuseUnusable(appName, app.problems);
    return { template, variables, app };
  }
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
