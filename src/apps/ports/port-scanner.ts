import { Injectable } from '@nestjs/common';
import type { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import type { ContainerSummary } from '../../platform/docker/engine-types';
import { hostBoundPorts } from './port-probe';

const portKey = (protocol: string, port: number): string => `${port}/${protocol}`;

/** The host ports in use at one moment. */
export class PortsInUse {
  constructor(private readonly taken: ReadonlySet<string>) {}

  has(protocol: string, port: number): boolean {
    return this.taken.has(portKey(protocol, port));
  }
}

/** Scans engine and host; what a stopped container reserves is only in its inspect. */
@Injectable()
export class PortScanner {
  /** Settings of a container never change, so one inspect is enough for as long as it exists. */
  private readonly reservations = new Map<string, readonly string[]>();

  /** @param without containers whose ports do not count, by id: those about to be replaced */
  async scan(engine: DockerEngine, without: ReadonlySet<string> = new Set()): Promise<PortsInUse> {
    const [containers, tcp, udp] = await Promise.all([
      engine.containers.list(),
      hostBoundPorts('tcp'),
      hostBoundPorts('udp'),
    ]);
    const taken = new Set<string>();
    for (const port of tcp) taken.add(portKey('tcp', port));
    for (const port of udp) taken.add(portKey('udp', port));
    const counted = containers.filter((c) => !without.has(c.id));
    for (const port of counted.flatMap((c) => c.ports)) {
      taken.add(portKey(port.protocol, port.hostPort));
    }
    const resting = counted.filter((c) => c.state !== 'running');
    const reserved = await Promise.all(resting.map((c) => this.reservedBy(engine, c)));
    for (const key of reserved.flat()) taken.add(key);
    this.forget(containers);
    return new PortsInUse(taken);
  }

  private async reservedBy(
    engine: DockerEngine,
    container: ContainerSummary,
  ): Promise<readonly string[]> {
    const known = this.reservations.get(container.id);
    if (known) return known;
    try {
      const details = await engine.containers.inspect(container.id);
      const bindings = (details.HostConfig.PortBindings ?? {}) as Record<
        string,
        { HostPort?: string }[] | null
      >;
      const keys = Object.entries(bindings).flatMap(([port, hosts]) =>
        (hosts ?? [])
          .filter((host) => Number(host.HostPort) > 0)
          .map((host) => portKey(port.split('/')[1] ?? 'tcp', Number(host.HostPort))),
      );
      this.reservations.set(container.id, keys);
      return keys;
    } catch (error) {
      if (isEngineFailure(error, 'container-not-found')) return [];
      throw error;
    }
  }

  private forget(containers: readonly ContainerSummary[]): void {
    const alive = new Set(containers.map((c) => c.id));
    for (const id of this.reservations.keys()) if (!alive.has(id)) this.reservations.delete(id);
  }
}
