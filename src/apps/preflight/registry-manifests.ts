import { Injectable } from '@nestjs/common';
import { getJson, isLocal } from './registry-http';
import { parseImageReference } from '../../platform/docker/image-reference';

/** What the registry says of an image. Sizes are those of the layers as they travel, packed. */
export type ImageLookup =
  | { readonly kind: 'found'; readonly layers: ReadonlyMap<string, number> }
  /** A login is needed, or it is forbidden. */
  | { readonly kind: 'denied' }
  /** No such name or tag. */
  | { readonly kind: 'unknown' }
  /** It exists, for other machines. */
  | { readonly kind: 'other-platforms' }
  /** Too many requests from this address. */
  | { readonly kind: 'limited' }
  /** It has an internal error. */
  | { readonly kind: 'failing' }
  | { readonly kind: 'unreachable' };

interface Descriptor {
  readonly digest?: string;
  readonly size?: number;
  readonly platform?: { readonly os?: string; readonly architecture?: string };
}

interface Manifest {
  /** Of an index: one for each platform. */
  readonly manifests?: readonly Descriptor[];
  readonly layers?: readonly Descriptor[];
}

const MEDIA_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** All requests of one lookup together. */
const TIMEOUT_MS = 3_000;
/** Registries count these lookups as pulls; a plan and the install after it need only one. */
const KEPT_MS = 10 * 60_000;
/** The next request does not wait again for a registry that is out of reach. */
const SILENCE_KEPT_MS = 60_000;
const MAX_KEPT = 500;

interface Kept {
  readonly lookup: Promise<ImageLookup>;
  until: number;
}

/**
 * Asks registries what an image consists of, without pulling it. The question comes from this
 * server; an engine with a proxy or credentials of its own may get further, so no answer here
 * forbids an install.
 */
@Injectable()
export class RegistryManifests {
  private readonly kept = new Map<string, Kept>();

  /** @param architecture in Go's names, e.g. `amd64`. Never throws. */
  lookUp(reference: string, architecture: string): Promise<ImageLookup> {
    const key = `${reference} ${architecture}`;
    const known = this.kept.get(key);
    if (known && known.until > Date.now()) return known.lookup;
    const kept: Kept = {
      lookup: this.ask(reference, architecture).catch(() => ({ kind: 'unreachable' as const })),
      until: Date.now() + KEPT_MS,
    };
    void kept.lookup.then(({ kind }) => {
      if (kind !== 'found')
        kept.until = Date.now() + (kind === 'unreachable' ? SILENCE_KEPT_MS : 0);
    });
    this.kept.delete(key);
    this.kept.set(key, kept);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MAX_KEPT) break;
      this.kept.delete(oldest);
    }
    return kept.lookup;
  }

  private async ask(reference: string, architecture: string): Promise<ImageLookup> {
    const { registry, repository, version } = parseImageReference(reference);
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const get = async (tag: string): Promise<Manifest | ImageLookup> => {
      for (const scheme of isLocal(registry) ? ['http', 'https'] : ['https']) {
        const url = `${scheme}://${registry}/v2/${repository}/manifests/${tag}`;
        const answer = await getJson(url, { accept: MEDIA_TYPES, repository, signal });
        if (answer === null) continue; // this scheme is not spoken there
        if (answer.status === 401 || answer.status === 403) return { kind: 'denied' };
        if (answer.status === 404) return { kind: 'unknown' };
        if (answer.status === 429) return { kind: 'limited' };
        if (answer.status !== 200) return { kind: 'failing' };
        return answer.body as Manifest;
      }
      return { kind: 'unreachable' };
    };
    let manifest = await get(version);
    if ('kind' in manifest) return manifest;
    if (manifest.manifests) {
      const digest = manifest.manifests.find(
        ({ platform }) => platform?.os === 'linux' && platform.architecture === architecture,
      )?.digest;
      if (!digest) return { kind: 'other-platforms' };
      manifest = await get(digest);
      if ('kind' in manifest) return manifest;
    }
    const layers = (manifest.layers ?? []).map(
      ({ digest, size }) => [digest ?? '', size ?? 0] as const,
    );
    return { kind: 'found', layers: new Map(layers) };
  }
}
