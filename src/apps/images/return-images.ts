import type { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import type { PullOptions } from '../../platform/docker/image-pull';
import { parseImageReference } from '../../platform/docker/image-reference';
import { installationLabel } from '../engine/resource-owner';
import { expectedContainer, type AppManifest } from '../installations/app-manifest';

/** Engine ids of images by reference; an empty one is not known. */
export type ImageIds = Readonly<Record<string, string>>;

/** Digests in a registry, by reference. */
export type ImageDigests = Readonly<Record<string, string>>;

interface InstalledApp {
  readonly id: string;
  readonly manifest: AppManifest | null;
}

/** What the app runs from; where a container is gone, what its reference stands for. */
export async function imageIdsOf(engine: DockerEngine, app: InstalledApp): Promise<ImageIds> {
  const ids: Record<string, string> = {};
  for (const reference of app.manifest?.images ?? [])
    ids[reference] = (await engine.images.find(reference))?.Id ?? '';
  for (const { reference, imageId } of await containersOf(engine, app)) ids[reference] = imageId;
  return ids;
}

/** Under which digest a registry has each of these, by reference; nothing for what no registry has. */
export async function imageDigestsOf(engine: DockerEngine, ids: ImageIds): Promise<ImageDigests> {
  const digests: Record<string, string> = {};
  for (const [reference, id] of Object.entries(ids)) {
    const { name } = parseImageReference(reference);
    const image = id === '' ? null : await engine.images.find(id);
    const known = (image?.RepoDigests ?? []).map((one) => parseImageReference(one));
    const digest = known.find((one) => one.name === name)?.digest;
    if (digest) digests[reference] = digest;
  }
  return digests;
}

/**
 * Pulls an earlier image by its digest where the engine has lost it. Never rejects for what the registry says: the
 * tag is pulled then.
 */
export async function pullLost(
  { images }: DockerEngine,
  reference: string,
  imageId: string,
  digest: string | undefined,
  options: PullOptions,
): Promise<void> {
  const { name, digest: own } = parseImageReference(reference);
  if (imageId === '' || digest === undefined || own !== null || (await images.find(imageId)))
    return;
  await images.pull(`${name}@${digest}`, options).catch((error: unknown) => {
    options.signal?.throwIfAborted();
    if (isEngineFailure(error, 'engine-unreachable')) throw error;
  });
}

/**
 * Lets a tag stand for an earlier image again, where the engine still has it.
 * @returns whether it stands for that image now
 */
export async function returnTag(
  { images }: DockerEngine,
  reference: string,
  imageId: string,
): Promise<boolean> {
  if (imageId === '') return false;
  if ((await images.find(reference))?.Id === imageId) return true;
  const { name, version, digest } = parseImageReference(reference);
  if (digest !== null || !(await images.find(imageId))) return false;
  await images.tag(imageId, name, version);
  return true;
}

/** As `returnTag` for all of them; stopped containers that were made from another image are removed, to be made anew. */
export async function returnImages(
  engine: DockerEngine,
  app: InstalledApp,
  ids: ImageIds,
): Promise<void> {
  const returned = new Map<string, string>();
  for (const [reference, id] of Object.entries(ids))
    if (await returnTag(engine, reference, id)) returned.set(reference, id);
  for (const { reference, imageId, container } of await containersOf(engine, app)) {
    const id = returned.get(reference);
    if (id !== undefined && id !== imageId) await engine.workloads.remove(container);
  }
}

/** Those whose reference is known. */
async function containersOf(
  { workloads }: DockerEngine,
  { id, manifest }: InstalledApp,
): Promise<{ container: string; reference: string; imageId: string }[]> {
  if (!manifest) return [];
  return (await workloads.list([installationLabel(id)])).flatMap((container) => {
    const reference = expectedContainer(manifest, container)?.image;
    return reference === undefined ? [] : [{ container: container.id, reference, imageId: container.imageId }]; // prettier-ignore
  });
}
