import { parseImageReference } from '../../platform/docker/image-reference';
import type { RegistryLogin } from '../../platform/docker/registry/registry-logins';
import { askManifest, manifestFor, type RegistryRefusal } from '../preflight/registry-http';

/** What came of asking for a tag. */
export type CheckOutcome =
  | 'found'
  | RegistryRefusal
  /** It answers too slowly. */
  | 'stalled'
  /** What it answers is no description of an image, such as the page of a login. */
  | 'no-manifest'
  /** It exists, for other machines. */
  | 'other-platforms'
  /** The engine has it from nowhere else: it was built or loaded here. */
  | 'local';

/** What a tag stands for in its registry. */
export interface TagDigest {
  readonly digest: string;
  /** Every digest under which an engine may know that image: of the index, the manifest, the configuration. */
  readonly ids: readonly string[];
}

/** All requests of one question together. */
const TIMEOUT_MS = 10_000;

/**
 * Asks the registry what the tag stands for now. Where that is what it stood for before, one HEAD is all, which
 * registries do not count as a pull.
 * @param architecture in Go's names
 * @returns the reason where the registry does not tell; never rejects
 */
export async function lookUpTag(
  reference: string,
  architecture: string,
  before: TagDigest | null,
  { login, stop }: { readonly login: RegistryLogin | null; readonly stop: AbortSignal },
): Promise<TagDigest | Exclude<CheckOutcome, 'found' | 'local'>> {
  const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), stop]);
  try {
    const answer = await ask(reference, architecture, before, { signal, login });
    return answer === 'unreachable' && signal.aborted ? 'stalled' : answer;
  } catch {
    return signal.aborted ? 'stalled' : 'unreachable';
  }
}

async function ask(
  reference: string,
  architecture: string,
  before: TagDigest | null,
  options: { readonly signal: AbortSignal; readonly login: RegistryLogin | null },
): Promise<TagDigest | RegistryRefusal | 'other-platforms' | 'no-manifest'> {
  const { version } = parseImageReference(reference);
  if (before) {
    const head = await askManifest(reference, version, { ...options, method: 'HEAD' });
    // Some do not know HEAD; what they say to GET counts.
    if ('refusal' in head && head.refusal !== 'failing') return head.refusal;
    if ('digest' in head && head.digest === before.digest) return before;
  }
  const tag = await askManifest(reference, version, options);
  if ('refusal' in tag) return tag.refusal;
  const ids = [tag.digest];
  let { manifest } = tag;
  if (manifest.manifests) {
    const own = manifestFor(manifest, architecture);
    if (own === null) return 'other-platforms';
    const answer = await askManifest(reference, own, options);
    if ('refusal' in answer) return answer.refusal;
    ids.push(own);
    ({ manifest } = answer);
  }
  const config = manifest.config?.digest;
  return config === undefined ? 'no-manifest' : { digest: tag.digest, ids: [...ids, config] };
}
