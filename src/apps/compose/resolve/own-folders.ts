import type { ComposeMount, ComposeProject, ComposeService } from '../project/compose-project';
import type { TemplateLayout } from '../template/template';

/** Paths that mean the app's own folder in a layout, and where they lie in it. */
const PATHS: Partial<Record<TemplateLayout, readonly (readonly [RegExp, string])[]>> = {
  casaos: [[/^\/DATA(?=\/|$)/, './DATA']],
  dokploy: [[/^(\.\/)?\.\.\/files(?=\/|$)/, './files']],
  coolify: [
    [/^\/data\/coolify(?=\/|$)/, './store'],
    [/^~(?=\/|$)/, '.'],
  ],
};

/** Binds, configs and secrets of a project moved from where a store keeps its data into the app's own folder. */
export function withOwnFolders(project: ComposeProject, layout: TemplateLayout): ComposeProject {
  const rules = PATHS[layout];
  if (!rules) return project;
  const own = (path: string): string => {
    const rule = rules.find(([pattern]) => pattern.test(path));
    return rule ? path.replace(rule[0], rule[1]) : path;
  };
  const mount = (item: ComposeMount): ComposeMount =>
    item.type === 'bind' && item.source !== null ? { ...item, source: own(item.source) } : item;
  const services = [...project.services].map(([name, service]): [string, ComposeService] => [
    name,
    { ...service, mounts: service.mounts.map(mount) },
  ]);
  const files = (kind: 'configs' | 'secrets') =>
    new Map(
      [...project[kind]].map(([name, item]) => [
        name,
        item.file === null ? item : { ...item, file: own(item.file) },
      ]),
    );
  return {
    ...project,
    services: new Map(services),
    configs: files('configs'),
    secrets: files('secrets'),
  };
}
