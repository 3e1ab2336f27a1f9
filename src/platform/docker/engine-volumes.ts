import type Dockerode from 'dockerode';
import type { EngineCall } from './classify-engine-error';
import { nameInPath } from './engine-name';
import { engineCall, READ_TIMEOUT_MS, WRITE_TIMEOUT_MS, type CallOptions } from './engine-call';
import { EngineError, isEngineFailure } from './engine.errors';
import type { VolumeSpec, VolumeSummary } from './engine-types';

const about = (subject: string): EngineCall => ({ about: 'volume', subject });

/** What may be done to volumes. Every call throws `EngineError`. */
export class EngineVolumes {
  constructor(private readonly client: Dockerode) {}

  async list(labels: readonly string[] = [], options: CallOptions = {}): Promise<VolumeSummary[]> {
    const answer = await engineCall(
      about('list'),
      { timeoutMs: READ_TIMEOUT_MS, ...options },
      (abortSignal) =>
        this.client.listVolumes({
          filters: JSON.stringify({ label: labels }),
          abortSignal,
        } as unknown as Dockerode.VolumeListOptions),
    );
    return (answer.Volumes ?? []).map(toSummary);
  }

  async find(name: string, options: CallOptions = {}): Promise<VolumeSummary | null> {
    return engineCall(
      about(name),
      { timeoutMs: READ_TIMEOUT_MS, ...options },
      async (abortSignal) =>
        toSummary(await this.client.getVolume(nameInPath(name)).inspect({ abortSignal })),
    ).catch((error: unknown) => {
      if (isEngineFailure(error, 'volume-missing')) return null;
      throw error;
    });
  }

  /**
   * Creates the volume. The engine answers success for a name that exists, with whatever labels: look
   * first, and compare the labels of the result.
   */
  async create(spec: VolumeSpec, options: CallOptions = {}): Promise<VolumeSummary> {
    const name = spec.Name ?? '';
    await engineCall(about(name), { timeoutMs: WRITE_TIMEOUT_MS, ...options }, (abortSignal) =>
      this.client.createVolume({ ...spec, abortSignal }),
    );
    const made = await this.find(name, options);
    if (!made) throw new EngineError('volume-missing', name);
    return made;
  }

  /** Gone already counts as done; used by a container throws `volume-in-use`. */
  async remove(name: string, options: CallOptions = {}): Promise<void> {
    await engineCall(about(name), { timeoutMs: WRITE_TIMEOUT_MS, ...options }, (abortSignal) =>
      this.client.getVolume(nameInPath(name)).remove({ abortSignal }),
    ).catch((error: unknown) => {
      if (!isEngineFailure(error, 'volume-missing')) throw error;
    });
  }
}

function toSummary(raw: Dockerode.VolumeInspectInfo): VolumeSummary {
  const { Name: name, Driver: driver, Mountpoint: mountpoint, Labels } = raw;
  const { CreatedAt = 0 } = raw as { CreatedAt?: string };
  return { name, driver, mountpoint, labels: Labels ?? {}, createdAt: new Date(CreatedAt) };
}
