import { Injectable } from '@nestjs/common';
import { parseImageReference } from '../../platform/docker/image-reference';
import type { RegistryLogin } from '../../platform/docker/registry/registry-logins';
import { askManifest, manifestFor, type RegistryRefusal } from './registry-http';

/** What the registry says of an image. Sizes are those of the layers as they travel, packed. */
export type ImageLookup =
  | { readonly kind: 'found'; readonly layers: ReadonlyMap<string, number> }
  /** It exists, for other machines. */
  | { readonly kind: 'other-platforms' }
  | { readonly kind: RegistryRefusal };

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
  lookUp(
    reference: string,
    architecture: string,
    login: RegistryLogin | null = null,
  ): Promise<ImageLookup> {
    const key = `${reference} ${architecture}`;
    const known = this.kept.get(key);
    if (known && known.until > Date.now()) return known.lookup;
    const kept: Kept = {
      lookup: this.ask(reference, architecture, login).catch(() => ({
        kind: 'unreachable' as const,
      })),
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

  private async ask(
    reference: string,
    architecture: string,
    login: RegistryLogin | null,
  ): Promise<ImageLookup> {
    const { version } = parseImageReference(reference);
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    let answer = await askManifest(reference, version, { signal, login });
    if ('refusal' in answer) return { kind: answer.refusal };
    if (answer.manifest.manifests) {
      const digest = manifestFor(answer.manifest, architecture);
      if (digest === null) return { kind: 'other-platforms' };
      answer = await askManifest(reference, digest, { signal, login });
      if ('refusal' in answer) return { kind: answer.refusal };
    }
    const layers = (answer.manifest.layers ?? []).map(
      ({ digest, size }) => [digest ?? '', size ?? 0] as const,
    );
    return { kind: 'found', layers: new Map(layers) };
  }
}
