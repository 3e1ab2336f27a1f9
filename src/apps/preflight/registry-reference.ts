import { parseImageReference } from '../../platform/docker/image-reference';

const DOCKER_HUB = 'registry-1.docker.io';
const HUB_NAMES = ['docker.io', 'index.docker.io', DOCKER_HUB];

function split(reference: string): { readonly host: string | null; readonly path: string } {
  const { name } = parseImageReference(reference);
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const isHost = /[.:]/.test(first) || first === 'localhost';
  return isHost ? { host: first, path: name.slice(slash + 1) } : { host: null, path: name };
}

/** Host of the registry that a reference is pulled from. */
export function registryOf(reference: string): string {
  const { host } = split(reference);
  return host === null || HUB_NAMES.includes(host) ? DOCKER_HUB : host;
}

/** Name of the image within its registry; an official one of Docker Hub is in `library/`. */
export function repositoryOf(reference: string): string {
  const { path } = split(reference);
  const isHub = registryOf(reference) === DOCKER_HUB;
  return isHub && !path.includes('/') ? `library/${path}` : path;
}
