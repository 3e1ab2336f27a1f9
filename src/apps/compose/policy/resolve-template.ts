import { randomUUID } from 'node:crypto';
import type { EngineContext } from '../engine/engine-context';
import { buildEnginePlan } from '../engine/engine-plan';
import { problemsOf, resolveProject } from '../resolve/resolve-project';
import type { ResolveInput } from '../resolve/resolve-input';
import type { ResolvedApp } from '../resolve/resolved-app';
import type { Template } from '../template/template';
import { checkPlan, policyMessage } from './check-plan';

/** Stands in for what is known only when an app is installed; no template can name its folder. */
const preview: EngineContext = {
  installationId: 'preview',
  projectDir: `/${randomUUID()}`,
  bindAddress: '0.0.0.0',
  databaseBindAddress: '127.0.0.1',
  judgedOnly: true,
};

/**
 * Fills in the variables of a template, names what an installation consists of and applies the policy to its
 * specifications. Pure. Never throws because of the template's content: see `problems` and `verdictOf`.
 */
export function resolveTemplate(template: Template, input: ResolveInput): ResolvedApp {
  const { app, reader } = resolveProject(template, input);
  const broken = reader.problems.some(({ kind }) => kind === 'broken');
  // A broken template has no specification to check, and is not installed anyway.
  if (template.trusted || broken) return app;
  const leases = Object.fromEntries(app.ports.map(({ key }, index) => [key, 1024 + index]));
  const plan = buildEnginePlan(app, leases, preview);
  // Where there is no Dockerfile, it need not be said that none was examined.
  const missing = template.problems
    .filter(({ code }) => code === 'dockerfile-missing')
    .map(({ key }) => key);
  for (const violation of checkPlan(template, { app, plan, context: preview })) {
    if (violation.code === 'remote-build' && missing.includes(violation.path.join('.'))) continue;
    const { zh, en } = policyMessage(violation);
    reader.report('forbidden', violation.code, violation, zh, en);
  }
  return { ...app, problems: problemsOf(template, reader) };
}
