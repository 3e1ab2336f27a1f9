/** The parts of an image reference such as `registry:5000/lab/app:2@sha256:…`. */
export interface ImageReference {
  /** With the registry where the reference names one, without tag and digest. */
  readonly name: string;
  /** Null where the reference has none. */
  readonly tag: string | null;
  /** `sha256:…` or null. */
  readonly digest: string | null;
  /**
   * What the engine's pull call takes as tag: the digest, else the tag, else `latest` (an empty one would make
   * the engine pull every tag there is).
   */
  readonly version: string;
  /** Host of the registry that it is pulled from; Docker Hub's where the reference names none. */
  readonly registry: string;
  /** Name within the registry; an official image of Docker Hub is in `library/`. */
  readonly repository: string;
}

const DOCKER_HUB = 'registry-1.docker.io';
const dockerHubNames = ['docker.io', 'index.docker.io', DOCKER_HUB];

const DOMAIN =
  '(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[0-9a-fA-F:]+\\])(?::\\d+)?';
const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const grammar = new RegExp(
  `^(?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*(?::[\\w][\\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`,
);

/** Whether the engine accepts this as an image's name. */
export function isImageReference(text: string): boolean {
  return text.length <= 500 && grammar.test(text);
}

/** Splits a reference; does not check it. */
export function parseImageReference(reference: string): ImageReference {
  const [beforeDigest = '', digest = null] = reference.split('@', 2);
  const colon = beforeDigest.indexOf(':', beforeDigest.lastIndexOf('/') + 1);
  const name = colon < 0 ? beforeDigest : beforeDigest.slice(0, colon);
  const tag = colon < 0 ? null : beforeDigest.slice(colon + 1);
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const host = /[.:]/.test(first) || first === 'localhost' ? first : null;
  const path = host === null ? name : name.slice(slash + 1);
  const isHub = host === null || dockerHubNames.includes(host);
  return {
    name,
    tag,
    digest,
    version: digest ?? tag ?? 'latest',
    registry: isHub ? DOCKER_HUB : host,
    repository: isHub && !path.includes('/') ? `library/${path}` : path,
  };
}

/** One spelling for each image: `docker.io/library/` left out, `:latest` written out. */
export function canonicalReference(reference: string): string {
  const short = reference.replace(/^(index\.)?docker\.io\//, '').replace(/^library\//, '');
  const { tag, digest } = parseImageReference(short);
  return tag === null && digest === null ? `${short}:latest` : short;
}

/**
 * Puts a registry mirror before a reference: `redmine:6` becomes `mirror:5000/redmine:6` and `ghcr.io/a/b:1`
 * becomes `mirror:5000/ghcr.io/a/b:1`. A reference that names a registry with a port is a local one already
 * and stays, as does one that begins with the mirror.
 */
export function throughMirror(reference: string, mirrorPrefix: string): string {
  const prefix = mirrorPrefix.replace(/\/+$/, '');
  if (prefix === '' || reference.startsWith(`${prefix}/`)) return reference;
  const slash = reference.indexOf('/');
  if (slash > 0 && reference.slice(0, slash).includes(':')) return reference;
  return `${prefix}/${reference}`;
}
