import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import type { ContainerSummary } from '../../platform/docker/engine-types';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { composeLabels, ownLabels } from '../compose/engine/labels';
import { Home } from '../homes/home';
import { AppResolver } from '../resolver/app-resolver';
import { ownerOf } from '../engine/resource-owner';
import { textOf } from '../install/stuck-work';
import { expectedContainer } from '../installations/app-manifest';
import type { AppInstallation } from '../installations/installation.entity';
import { InstallationStore, manifestOf } from '../installations/installation.store';
import { PortLeasesService } from '../ports/port-leases.service';
import { finding, type DriftFinding } from './drift-finding';
import { OrphanAdoption, type Orphan } from './orphan-adoption';

type Labels = Readonly<Record<string, string>>;

/**
 * Finds where rows of this home and engine disagree; changes nothing. Two installations may share one engine:
 * only what carries our labels and our name prefix counts.
 */
@Injectable()
export class DriftReport {
  constructor(
    private readonly engine: DockerEngine,
    private readonly store: InstallationStore,
    private readonly leases: PortLeasesService,
    private readonly resolver: AppResolver,
    private readonly adoption: OrphanAdoption,
    private readonly home: Home,
  ) {}

  async findings(): Promise<DriftFinding[]> {
    const rows = await this.store.listActive();
    const containers = await this.engine.workloads.list([ownLabels.installation]);
    const holders = await this.leases.holders();
    const findings: DriftFinding[] = [];
    const own = rows.filter(({ home, state }) => state === 'installed' && this.home.isHere(home));
    for (const row of own) {
      const mine = containers.filter((c) => ownerOf(c.labels) === row.id);
      findings.push(...this.ofContainers(row, mine), ...(await this.ofPorts(row, mine, holders)));
    }
    findings.push(...(await this.ofStuckWork()), ...(await this.ofOrphans(rows, containers)));
    return findings;
  }

  /** Containers of ours without an active row, by installation. */
  orphans(rows: readonly AppInstallation[], containers: readonly ContainerSummary[]): Orphan[] {
    const found = new Map<string, ContainerSummary[]>();
    for (const c of containers) {
      if (!this.isOrphan(rows, c.labels)) continue;
      const id = ownerOf(c.labels) ?? '';
      found.set(id, [...(found.get(id) ?? []), c]);
    }
    return [...found].map(([installationId, members]) => ({
      installationId,
      appName: members[0]?.labels[ownLabels.app] ?? '',
      containers: members,
    }));
  }

  private ofContainers(row: AppInstallation, mine: readonly ContainerSummary[]): DriftFinding[] {
    const where = { appName: row.appName, installationId: row.id };
    if (mine.length === 0) {
      return [finding('app-without-containers', { ...where, subject: row.id }, 'reinstall')];
    }
    const manifest = manifestOf(row);
    const present = new Set(mine.map((c) => manifest && expectedContainer(manifest, c)?.name));
    return (manifest?.containers ?? [])
      .filter((c) => !c.oneShot && !present.has(c.name))
      .map((c) => finding('container-missing', { ...where, subject: c.name }, 'reinstall'));
  }

  /** The lease follows the engine, unless another app holds that number: then the container is recreated. */
  private async ofPorts(
    row: AppInstallation,
    mine: readonly ContainerSummary[],
    holders: ReadonlyMap<string, string>,
  ): Promise<DriftFinding[]> {
    const leases = await this.leases.find(row.id);
    const leased = new Set(leases.map((l) => `${l.port}/${l.protocol}`));
    return mine.flatMap((c) => {
      const stray = c.ports.find((p) => !leased.has(`${p.hostPort}/${p.protocol}`));
      if (!stray) return [];
      const isHeld = holders.has(`${stray.hostPort}/${stray.protocol}`);
      return [
        finding(
          'port-differs',
          { appName: row.appName, installationId: row.id, subject: c.name },
          isHeld ? 'reinstall' : 'adopt',
          isHeld
            ? bilingual(
                `端口 ${stray.hostPort} 属于另一应用，修复将以租用的端口重建容器`,
                `port ${stray.hostPort} is leased to another app, so a repair recreates the container with its own`,
              )
            : bilingual(
                `修复将改租端口 ${stray.hostPort}`,
                `a repair leases port ${stray.hostPort} instead`,
              ),
        ),
      ];
    });
  }

  private async ofStuckWork(): Promise<DriftFinding[]> {
    return (await this.store.listStuck()).map((row) => {
      const where = { appName: row.appName, installationId: row.id, subject: row.id };
      return finding('stuck', where, 'finish', textOf(row));
    });
  }

  private async ofOrphans(
    rows: readonly AppInstallation[],
    containers: readonly ContainerSummary[],
  ): Promise<DriftFinding[]> {
    const [networks, volumes, files] = await Promise.all([
      this.engine.networks.list([ownLabels.installation]),
      this.engine.volumes.list([ownLabels.installation]),
      this.engine.files.list([ownLabels.installation]),
    ]);
    const findings: DriftFinding[] = [];
    const adoptable = new Set<string>();
    for (const orphan of this.orphans(rows, containers)) {
      const { installationId, appName } = orphan;
      const obstacle = await this.adoption.obstacle(orphan);
      if (!obstacle) adoptable.add(installationId);
      const more = obstacle ? cannotAdopt(obstacle) : CAN_ADOPT;
      for (const { name: subject } of orphan.containers) {
        const where = { appName, installationId, subject };
        findings.push(finding('container-without-app', where, obstacle ? 'remove' : 'adopt', more));
      }
    }
    for (const n of networks.filter((x) => this.isOrphan(rows, x.labels))) {
      const installationId = ownerOf(n.labels) ?? '';
      const where = { appName: n.labels[ownLabels.app] ?? '', installationId, subject: n.name };
      const remedy = adoptable.has(installationId) ? 'adopt' : 'remove';
      findings.push(finding('network-without-app', where, remedy));
    }
    for (const { kind, name, labels } of files.filter((x) => this.isOrphan(rows, x.labels))) {
      const installationId = ownerOf(labels) ?? '';
      const where = { appName: labels[ownLabels.app] ?? '', installationId, subject: name };
      const remedy = adoptable.has(installationId) ? 'adopt' : 'remove';
      findings.push(finding(`${kind}-without-app`, where, remedy));
    }
    const active = new Set(rows.flatMap((row) => manifestOf(row)?.volumes ?? []));
    for (const v of volumes.filter((x) => this.isOrphan(rows, x.labels) && !active.has(x.name))) {
      const installationId = ownerOf(v.labels) ?? '';
      const where = { appName: v.labels[ownLabels.app] ?? '', installationId, subject: v.name };
      const remedy = adoptable.has(installationId) ? 'adopt' : 'keep';
      findings.push(finding('volume-without-app', where, remedy));
    }
    return findings;
  }

  private isOrphan(rows: readonly AppInstallation[], labels: Labels): boolean {
    const isOurs =
      (labels[composeLabels.project] ?? '') ===
      this.resolver.containerName(labels[ownLabels.app] ?? '');
    return isOurs && !rows.some((row) => row.id === ownerOf(labels));
  }
}

const CAN_ADOPT = bilingual(
  '其安装记录已丢失，修复将重新接管',
  'the record of its installation is lost, and a repair adopts it',
);

function cannotAdopt(why: Bilingual): Bilingual {
  return bilingual(
    `无法重新接管（${why.zh}），修复将删除它，数据卷保留`,
    `it cannot be adopted (${why.en}); a repair removes it and leaves its volumes`,
  );
}
