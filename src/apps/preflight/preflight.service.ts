import { statfs } from 'node:fs/promises';
import { freemem } from 'node:os';
import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { EngineError } from '../../platform/docker/engine.errors';
import { PreflightFailedError } from './preflight.errors';
import { DomainError } from '../../platform/errors/domain-error';
import type { EngineInfo } from '../../platform/docker/engine-types';
import type { PortLeases, ResolvedApp } from '../compose/resolve/resolved-app';
import { ownLabels } from '../compose/engine/labels';
import { AppResolver } from '../resolver/app-resolver';
import type { PreparedInstall } from '../resolver/install-preparer';
import { ownerOf } from '../engine/resource-owner';
import { InstallationStore } from '../installations/installation.store';
import { PortAllocator } from '../ports/port-allocator';
import {
  checkArchitecture,
  checkDisk,
  checkMemory,
  checkRegistries,
  checkVariables,
  checkVersion,
  failed,
  goArchitecture,
  passed,
  type PreflightCheck,
} from './preflight-check';
import type { ClusterNode } from '../../platform/docker/swarm/cluster-nodes';
import { NodeReports } from '../../server/nodes/node-reports';
import { roomIn, roomiest, UNKNOWN_ROOM, type NodeRoom } from './node-room';
import { checkPlacement, nodesFor } from './placement';
import { PlannedImages, pullBytesOf, type PlannedImage } from './planned-images';

export interface Preflight {
  readonly checks: readonly PreflightCheck[];
  readonly images: readonly PlannedImage[];
  /** What an install would lease if it came now. */
  readonly ports: PortLeases;
}

/** Where an app can run, and the memory of the node that is its best chance, bytes. */
interface Place {
  readonly checks: readonly PreflightCheck[];
  readonly totalBytes: number;
  readonly availableBytes: number;
}

const MIB = 1024 * 1024;

/** Checks before an install whether it can succeed; changes nothing and reports every problem at once. */
@Injectable()
export class PreflightService {
  constructor(
    private readonly engine: DockerEngine,
    private readonly store: InstallationStore,
    private readonly allocator: PortAllocator,
    private readonly resolver: AppResolver,
    private readonly images: PlannedImages,
    private readonly reports: NodeReports,
  ) {}

  /**
   * The checks that an install makes before it begins: those whose failure is certain. Throws
   * `PreflightFailedError` with all of them; the engine's own error where it does not answer.
   */
  async require({ template, app }: PreparedInstall): Promise<void> {
    const [info, networks, volumes] = await Promise.all([
      this.engine.facts(),
      this.networks(app),
      this.volumes(app),
    ]);
    const place = await this.placement(app, info);
    const { memory, disk, architectures } = template.metadata.requirements;
    const images = await this.images.of(template, app, goArchitecture(info.arch));
    const checks = [
      checkVersion(info),
      networks,
      volumes,
      await this.disk(info, disk, images),
      ...place.checks,
      checkArchitecture(info.arch, architectures),
      checkMemory(memory ?? limitsOf(app), place.totalBytes, place.availableBytes),
    ];
    const failures = checks.filter((check) => check.level === 'error');
    if (failures.length > 0) throw new PreflightFailedError(app.appName, failures);
  }

  /**
   * Why an app that is installed cannot run on the node, or any node, that it is prepared for; in a Swarm.
   * @param home id of the node that is to hold its data; absent: that of this server
   */
  async placeFailures(
    { template, app }: PreparedInstall,
    home?: string,
  ): Promise<PreflightCheck[]> {
    const place = await this.placement(app, await this.engine.facts(), home);
    const memory = template.metadata.requirements.memory ?? limitsOf(app);
    const checks = [...place.checks, checkMemory(memory, place.totalBytes, place.availableBytes)];
    return checks.filter(({ level }) => level === 'error');
  }

  async check({ template, app }: PreparedInstall): Promise<Preflight> {
    const info = await this.engineInfo();
    if (info instanceof EngineError) {
      return {
        checks: [failed('engine', info.text.zh, info.text.en)],
        images: app.images.map((i) => ({
          reference: i.reference,
          action: i.build ? 'build' : 'pull',
          lookup: null,
        })),
        ports: {},
      };
    }
    const images = await this.images.of(template, app, goArchitecture(info.arch));
    const [version, installed, names, networks, volumes, ports, disk, placement] =
      await Promise.all([
        this.engine.version(),
        this.notInstalled(app.appName),
        this.containerNames(app),
        this.networks(app),
        this.volumes(app),
        this.ports(app),
        this.disk(info, template.metadata.requirements.disk, images),
        this.placement(app, info),
      ]);
    const { memory, architectures } = template.metadata.requirements;
    return {
      checks: [
        passed('engine', `Docker ${info.version}`, `Docker ${info.version}`),
        checkVersion(version),
        installed,
        names,
        networks,
        checkVariables(template, app),
        volumes,
        ...placement.checks,
        checkArchitecture(info.arch, architectures),
        checkMemory(memory ?? limitsOf(app), placement.totalBytes, placement.availableBytes),
        disk,
        ports.check,
        checkRegistries(images),
      ],
      images,
      ports: ports.leases,
    };
  }

  /** Where its services can run, in a Swarm, and the memory there: of the node that has most of it free. */
  private async placement(app: ResolvedApp, info: EngineInfo, home?: string): Promise<Place> {
    const here = { totalBytes: info.memoryBytes, availableBytes: freemem() };
    if (this.engine.orchestrator === 'engine') return { checks: [], ...here };
    const built = new Set(app.images.flatMap(({ build, services }) => (build ? services : [])));
    const { containers } = this.resolver.draft(app);
    const found = await this.engine.nodes.list();
    const nodes = home === undefined ? found : found.map((node) => ({ ...node, isHome: node.id === home })); // prettier-ignore
    const fitting = nodesFor(containers, nodes, built);
    const own = new Set(found.filter(({ isHome }) => isHome).map(({ id }) => id));
    const told = await Promise.all(fitting.map(async (node) => [node.id, await this.roomOn({ ...node, isHome: own.has(node.id) }, info)] as const)); // prettier-ignore
    const rooms = new Map(told);
    const checks = [checkPlacement(containers, nodes, built, rooms)];
    return { checks, ...(roomiest(fitting, rooms) ?? here) };
  }

  /** Unknown where no worker tells. */
  private async roomOn(node: ClusterNode, info: EngineInfo): Promise<NodeRoom> {
    if (node.isHome) return { memoryBytes: freemem(), diskBytes: await this.freeBytes(info) };
    return this.reports.report(node).then(roomIn, () => UNKNOWN_ROOM);
  }

  private async engineInfo(): Promise<EngineInfo | EngineError> {
    try {
      return await this.engine.info();
    } catch (error) {
      if (error instanceof EngineError) return error;
      throw error;
    }
  }

  private async notInstalled(appName: string): Promise<PreflightCheck> {
    const row = await this.store.findActive(appName);
    if (!row) return passed('not-installed');
    return failed(
      'not-installed',
      `应用 ${appName} 已存在（任务 ${row.id}）`,
      `App ${appName} exists already (job ${row.id})`,
    );
  }

  private async containerNames(app: ResolvedApp): Promise<PreflightCheck> {
    const row = await this.store.findActive(app.appName);
    const wanted = new Set(this.resolver.containerNames(app));
    const taken = (await this.engine.workloads.list()).filter(
      (c) => wanted.has(c.name) && (!row || ownerOf(c.labels) !== row.id),
    );
    if (taken.length === 0) return passed('container-name');
    const names = taken.map((c) => c.name);
    const ours = taken.some((c) => c.labels[ownLabels.app] === app.appName);
    return failed(
      'container-name',
      `容器名已被占用：${names.join('、')}${ours ? '（本系统以前安装的遗留，可用 POST /api/v1/apps/drift/repair 接管或清除）' : ''}`,
      `Container names are taken: ${names.join(', ')}${ours ? ' (left from an earlier installation; POST /api/v1/apps/drift/repair adopts or removes it)' : ''}`,
    );
  }

  /** A trusted template may name its networks; another app, or another instance of this one, may have them. */
  private async networks(app: ResolvedApp): Promise<PreflightCheck> {
    const named = app.networks.filter(
      ({ key, name, shared, external }) =>
        !shared && !external && name !== `${app.projectName}_${key}`,
    );
    const found = await Promise.all(named.map(({ name }) => this.engine.networks.find(name)));
    const foreign = found.flatMap((n) => (n && n.labels[ownLabels.app] !== app.appName ? [n] : []));
    if (foreign.length === 0) return passed('networks');
    const names = foreign.map((n) => n.name).join(', ');
    return failed(
      'networks',
      `同名网络不属于本应用：${names}`,
      `Networks of these names do not belong to this app: ${names}`,
    );
  }

  private async volumes(app: ResolvedApp): Promise<PreflightCheck> {
    const found = await Promise.all(
      app.volumes.filter((v) => !v.external).map((v) => this.engine.volumes.find(v.name)),
    );
    const existing = found.flatMap((v) => (v ? [v] : []));
    const foreign = existing.filter((v) => v.labels[ownLabels.app] !== app.appName);
    if (foreign.length > 0) {
      const names = foreign.map((v) => v.name).join(', ');
      return failed(
        'volumes',
        `同名数据卷不属于本应用：${names}`,
        `Volumes of these names do not belong to this app: ${names}`,
      );
    }
    if (existing.length === 0) return passed('volumes');
    const names = existing.map((v) => v.name).join(', ');
    return passed('volumes', `将沿用保留的数据：${names}`, `kept data will be used: ${names}`);
  }

  private async ports(app: ResolvedApp): Promise<{ check: PreflightCheck; leases: PortLeases }> {
    try {
      const leases = this.allocator.preview(await this.allocator.findProbed(app.ports));
      const list = Object.values(leases).join(', ') || '-';
      const closed = (app.closedPorts ?? []).map((port) => `${port.service} ${port.containerPort}`);
      const zh = `${list}；不开放（服务的端口不能只属于一个地址，见 DB_BIND）：${closed.join('、')}`;
      const en = `${list}; not published, as a service has no port of one address (see DB_BIND): ${closed.join(', ')}`;
      return { check: closed.length > 0 ? passed('ports', zh, en) : passed('ports', list, list), leases }; // prettier-ignore
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { check: failed('ports', error.text.zh, error.text.en), leases: {} };
    }
  }

  private async disk(
    info: EngineInfo,
    declaredBytes: number | null,
    images: readonly PlannedImage[],
  ): Promise<PreflightCheck> {
    const free = await this.freeBytes(info);
    return checkDisk(free, { declaredBytes, pullBytes: pullBytesOf(images) });
  }

  /** Null where the engine's data is not on a disk of this machine. */
  private async freeBytes(info: EngineInfo): Promise<number | null> {
    if (!this.engine.isLocal) return null;
    const stats = await statfs(info.dataRoot).catch(() => null);
    return stats ? stats.bavail * stats.bsize : null;
  }
}

/** Sum of the memory limits that the template sets; null where it sets none. */
function limitsOf(app: ResolvedApp): number | null {
  const sum = [...app.project.services.values()].reduce(
    (total, service) => total + (service.limits.memory ?? 0) * service.replicas,
    0,
  );
  return sum >= MIB ? sum : null;
}
