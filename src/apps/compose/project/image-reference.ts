const domain =
  '(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[0-9a-fA-F:]+\\])(?::\\d+)?';
const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const reference = new RegExp(
  `^(?:${domain}/)?${component}(?:/${component})*(?::[\\w][\\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`,
);

/** Whether the engine would accept this as an image's name. */
export function isImageReference(text: string): boolean {
  return text.length <= 500 && reference.test(text);
}

/** The last part of the name without tag and digest: `mysql` of `docker.io/library/mysql:8`. */
export function imageBaseName(text: string): string {
  return imageRepository(text).split('/').at(-1) ?? '';
}

/** The name without tag and digest. */
export function imageRepository(text: string): string {
  const named = text.split('@')[0] ?? '';
  const slash = named.lastIndexOf('/');
  const colon = named.indexOf(':', slash + 1);
  return colon < 0 ? named : named.slice(0, colon);
}

/** The tag, or null where there is none. */
export function imageTag(text: string): string | null {
  const named = text.split('@')[0] ?? '';
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  return colon < 0 ? null : named.slice(colon + 1);
}

/**
 * Puts a registry mirror before a reference: `redmine:6` becomes `mirror:5000/redmine:6` and
 * `ghcr.io/a/b:1` becomes `mirror:5000/ghcr.io/a/b:1`. A reference that names a registry with a port is
 * a local one already and stays, as does one that begins with the mirror.
 */
export function throughMirror(text: string, mirrorPrefix: string): string {
  const prefix = mirrorPrefix.replace(/\/+$/, '');
  if (prefix === '' || text.startsWith(`${prefix}/`)) return text;
  const slash = text.indexOf('/');
  if (slash > 0 && text.slice(0, slash).includes(':')) return text;
  return `${prefix}/${text}`;
}
