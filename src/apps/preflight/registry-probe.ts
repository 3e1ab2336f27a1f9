import { parseImageReference } from '../../platform/docker/image-reference';

const TIMEOUT_MS = 3_000;
const DOCKER_HUB = 'registry-1.docker.io';

/** Host of the registry that a reference is pulled from. */
export function registryOf(reference: string): string {
  const first = parseImageReference(reference).name.split('/')[0] ?? '';
  const isHost = reference.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  return isHost && first !== 'docker.io' ? first : DOCKER_HUB;
}

/**
 * Whether a registry answers at all, from where this server runs; 401 is an answer. The engine may
 * have a proxy or a mirror of its own, so a silent registry is a warning, not a refusal.
 */
export async function isRegistryReachable(registry: string): Promise<boolean> {
  const schemes = isLocal(registry) ? ['http', 'https'] : ['https'];
  for (const scheme of schemes) {
    try {
      await fetch(`${scheme}://${registry}/v2/`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      return true;
    } catch {
      // Try the next scheme.
    }
  }
  return false;
}

function isLocal(registry: string): boolean {
  return /^(localhost|127\.|\[::1\])/.test(registry);
}
