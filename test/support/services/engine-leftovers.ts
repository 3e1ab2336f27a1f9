import Docker from 'dockerode';

/** Containers, networks and volumes of test servers begin with their prefix. */
const OF_A_TEST = /^\/?t[0-9a-f]{10}-/;

/** No run of tests takes as long, so what is older belongs to none that is under way. */
const LONGEST_RUN_MS = 3 * 3_600_000;

export async function engineAnswers(): Promise<boolean> {
  return new Docker().ping().then(
    () => true,
    () => false,
  );
}

/**
 * Removes what runs that were killed have left in the engine: about thirty of their networks use up its
 * address pools. `all`: nobody else uses this engine, so nothing is spared for being young.
 */
export async function removeEngineLeftovers(
  docker: Docker,
  { all }: { all: boolean },
): Promise<number> {
  const before = all ? Infinity : Date.now() - LONGEST_RUN_MS;
  const isLeftover = (name: string | undefined, createdAt: number | string): boolean =>
    OF_A_TEST.test(name ?? '') && new Date(createdAt).getTime() < before;

  let removed = 0;
  const remove = async (removal: Promise<unknown>): Promise<void> => {
    // Another run may remove the same thing, and what is in use stays.
    await removal.then(
      () => (removed += 1),
      () => undefined,
    );
  };
  for (const { Id, Names, Created } of await docker.listContainers({ all: true })) {
    if (isLeftover(Names[0], Created * 1000))
      await remove(docker.getContainer(Id).remove({ force: true, v: true }));
  }
  for (const { Id, Name, Created } of await docker.listNetworks()) {
    if (isLeftover(Name, Created)) await remove(docker.getNetwork(Id).remove());
  }
  for (const volume of (await docker.listVolumes()).Volumes ?? []) {
    const { CreatedAt } = volume as unknown as { CreatedAt: string }; // missing in the types
    if (isLeftover(volume.Name, CreatedAt)) await remove(docker.getVolume(volume.Name).remove());
  }
  return removed;
}
