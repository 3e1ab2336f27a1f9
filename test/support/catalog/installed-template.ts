import { verdictOf } from '../../../src/apps/compose/language/template-problem';
import { loadTemplate } from '../../../src/apps/compose/layouts/load-template';
import { resolveTemplate } from '../../../src/apps/compose/policy/resolve-template';
import type { LoadTemplateOptions } from '../../../src/apps/compose/template/template';
import { completeVariables } from '../../../src/apps/compose/template/template-variables';
import { TemplateFolder } from '../template-folder';

const folders: TemplateFolder[] = [];

/** For `afterAll`: removes what {@link installedTemplate} wrote. */
export async function removeTemplates(): Promise<void> {
  await Promise.all(folders.splice(0).map((folder) => folder.remove()));
}

/** An app of these files as an install without any answer would resolve it, with ports from 9001 on. */
export async function installedTemplate(
  files: Readonly<Record<string, string>>,
  options: LoadTemplateOptions & { readonly given?: Readonly<Record<string, string>> } = {},
) {
  const folder = await TemplateFolder.make(files);
  folders.push(folder);
  const template = await loadTemplate(folder.path, { name: 'app', ...options });
  const { values, problems } = completeVariables(template, options.given ?? {});
  const input = { prefix: 'p-', sharedNetwork: 'p', publicHost: 'box.lan', values };
  const draft = resolveTemplate(template, input);
  const leases = Object.fromEntries(draft.ports.map(({ key }, index) => [key, 9001 + index]));
  const app = resolveTemplate(template, { ...input, leases });
  return {
    template,
    app,
    values,
    /** Names of required variables that nobody has given. */
    missing: problems.map(({ field }) => field),
    verdict: verdictOf(app.problems),
    findings: app.problems.filter(({ kind }) => kind !== 'note').map(({ code }) => code),
    environment: (service: string): Record<string, string> =>
      Object.fromEntries(app.project.services.get(service)?.environment ?? []),
    binds: (service: string) =>
      (app.project.services.get(service)?.mounts ?? []).map(
        ({ source, target }) => `${source}:${target}`,
      ),
    main: app.mainPort && `${app.mainPort.service}:${app.mainPort.containerPort}`,
    published: app.ports.map(
      ({ service, containerPort, role }) => `${service}:${containerPort} ${role}`,
    ),
  };
}
