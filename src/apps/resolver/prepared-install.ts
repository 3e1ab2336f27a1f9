import type { ResolvedApp } from '../compose/resolve/resolved-app';
import type { Template } from '../compose/template/template';
import type { CompletedVariables } from '../compose/template/template-variables';

/** A template, resolved with complete variables: what an install or a plan starts from. */
export interface PreparedInstall {
  readonly template: Template;
  readonly variables: CompletedVariables;
  readonly app: ResolvedApp;
}
