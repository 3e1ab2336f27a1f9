import type { Template } from './template';

/** What a further installation of an app may be called. */
export const instancePattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;
export const MAX_INSTANCE_LENGTH = 32;

/** An installation: its own name, and which one of its app it is. */
export interface NamedInstallation {
  readonly appName: string;
  /** Null: the first one, which is called like its app in the catalog. */
  readonly instance: string | null;
}

/** The name by which an installation is known everywhere but in the catalog: `app`, or `app--instance`. */
export function installationNameOf(catalogName: string, instance?: string | null): string {
  return instance ? `${catalogName}--${instance}` : catalogName;
}

/** The name in the catalog of what is installed. */
export function catalogNameOf({ appName, instance }: NamedInstallation): string {
  return instance ? appName.slice(0, -`--${instance}`.length) : appName;
}

/** Which one of the app an installation of that name is. */
export function instanceOf(appName: string, catalogName: string): string | null {
  return appName.slice(`${catalogName}--`.length) || null;
}

/** The template as that installation of its app takes it; null: the first one. */
export function asInstance(template: Template, instance: string | null): Template {
  return (template.instance ?? null) === instance ? template : { ...template, instance };
}

/** The name of what is installed from a template. */
export function installedName({ name, instance }: Pick<Template, 'name' | 'instance'>): string {
  return installationNameOf(name, instance);
}
