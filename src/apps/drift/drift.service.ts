import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { DomainError } from '../../platform/errors/domain-error';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { composeLabels, ownLabels } from '../compose/labels';
import { AppResolver } from '../install/app-resolver';
import { ownerOf } from '../install/resource-owner';
import { RowClaims } from '../installations/row-claims';
import { InstallationStore, manifestOf } from '../installations/installation.store';
import { LeaseCorrection } from '../ports/lease-correction';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppRepair } from './app-repair';

export type DriftKind =
  /** The row says installed, the engine has no container of it. */
  | 'app-without-containers'
  /** Some containers of an installed app are gone. */
  | 'container-missing'
  /** A container, network or volume carries our label, and no row counts for it. */
  | 'container-without-app'
  | 'network-without-app'
  | 'volume-without-app'
  /** A container publishes another port than is leased. */
  | 'port-differs';

export interface DriftFinding {
  readonly kind: DriftKind;
  readonly appName: string;
  /** Name on the engine; of a row, its id. */
  readonly subject: string;
  readonly message: Bilingual;
  /** What a repair does about it. */
  readonly remedy: DriftRemedy;
}

/** `reinstall`: made anew with the same data. `forget`: the row is closed. `keep`: data stays, nothing is done. */
export type DriftRemedy = 'reinstall' | 'forget' | 'remove' | 'adopt' | 'keep';

export interface RepairOutcome extends DriftFinding {
  readonly done: boolean;
  readonly failure: Bilingual | null;
}

/** Finds where rows and engine disagree, and mends it. Only what carries our labels and our name prefix is looked at. */
@Injectable()
export class DriftService {
  constructor(
    private readonly engine: DockerEngine,
    private readonly store: InstallationStore,
    private readonly claims: RowClaims,
    private readonly leases: PortLeasesService,
    private readonly correction: LeaseCorrection,
    private readonly repair: AppRepair,
    private readonly resolver: AppResolver,
  ) {}

  async report(): Promise<DriftFinding[]> {
    const rows = await this.store.listActive();
    const [containers, networks, volumes] = await Promise.all([
      this.engine.containers.list([ownLabels.installation]),
      this.engine.networks.list([ownLabels.installation]),
      this.engine.volumes.list([ownLabels.installation]),
    ]);
    const findings: DriftFinding[] = [];
    const alive = new Set(rows.map((row) => row.id));
    for (const row of rows.filter((r) => r.state === 'installed')) {
      const mine = containers.filter((c) => ownerOf(c.labels) === row.id);
      const names = new Set(mine.map((c) => c.name));
      const expected = (manifestOf(row)?.containers ?? []).filter((c) => !c.oneShot);
      if (mine.length === 0) {
        findings.push(finding('app-without-containers', row.appName, row.id, 'reinstall'));
        continue;
      }
      for (const c of expected) {
        if (!names.has(c.name))
          findings.push(finding('container-missing', row.appName, c.name, 'reinstall'));
      }
      const leases = await this.leases.find(row.id);
      const leased = new Set(leases.map((l) => `${l.port}/${l.protocol}`));
      for (const c of mine) {
        const stray = c.ports.find((p) => !leased.has(`${p.hostPort}/${p.protocol}`));
        if (stray) findings.push(finding('port-differs', row.appName, c.name, 'adopt'));
      }
    }
    // Two installations may share one engine: only what carries our own prefix is ours to judge.
    const isOurs = (labels: Readonly<Record<string, string>>): boolean =>
      (labels[composeLabels.project] ?? '') ===
      this.resolver.containerName(labels[ownLabels.app] ?? '');
    const orphan = (labels: Readonly<Record<string, string>>): boolean =>
      isOurs(labels) && !alive.has(ownerOf(labels) ?? '');
    for (const c of containers.filter((x) => orphan(x.labels))) {
      findings.push(
        finding('container-without-app', c.labels[ownLabels.app] ?? '', c.name, 'remove'),
      );
    }
    for (const n of networks.filter((x) => orphan(x.labels))) {
      findings.push(
        finding('network-without-app', n.labels[ownLabels.app] ?? '', n.name, 'remove'),
      );
    }
    const activeVolumes = new Set(rows.flatMap((row) => manifestOf(row)?.volumes ?? []));
    for (const v of volumes.filter((x) => orphan(x.labels) && !activeVolumes.has(x.name))) {
      findings.push(finding('volume-without-app', v.labels[ownLabels.app] ?? '', v.name, 'keep'));
    }
    return findings;
  }

  /** Mends what the report names, one after the other; data of uninstalled apps is never removed here. */
  async mend(): Promise<RepairOutcome[]> {
    const outcomes: RepairOutcome[] = [];
    const reinstalled = new Set<string>();
    for (const found of await this.report()) {
      if (found.remedy === 'reinstall' && reinstalled.has(found.appName)) {
        outcomes.push({ ...found, done: true, failure: null });
        continue;
      }
      try {
        const done = await this.apply(found);
        if (found.remedy === 'reinstall') reinstalled.add(found.appName);
        outcomes.push({ ...found, done, failure: null });
      } catch (error) {
        const failure =
          error instanceof DomainError ? error.text : bilingual('内部错误', 'internal error');
        outcomes.push({ ...found, done: false, failure });
      }
    }
    return outcomes;
  }

  private async apply(found: DriftFinding): Promise<boolean> {
    switch (found.remedy) {
      case 'reinstall': {
        const row = await this.store.findActive(found.appName);
        if (!row) return false;
        const held = await this.claims.hold(row.id, ['installed'], { stopped: false }, (token) =>
          this.repair.bringBack(row, token),
        );
        return held !== null;
      }
      case 'adopt': {
        const row = await this.store.findActive(found.appName);
        if (!row) return false;
        await this.correction.follow(row.id, await this.engine.containers.list());
        return true;
      }
      case 'remove':
        if (found.kind === 'network-without-app') await this.engine.networks.remove(found.subject);
        else await this.engine.containers.remove(found.subject);
        return true;
      case 'forget':
      case 'keep':
        return false;
    }
  }
}

const TEXTS: Readonly<Record<DriftKind, (app: string, subject: string) => Bilingual>> = {
  'app-without-containers': (app) =>
    bilingual(
      `应用 ${app} 的容器都已不在引擎上`,
      `No container of app ${app} is left on the engine`,
    ),
  'container-missing': (app, name) =>
    bilingual(
      `应用 ${app} 的容器 ${name} 不在引擎上`,
      `Container ${name} of app ${app} is not on the engine`,
    ),
  'container-without-app': (_app, name) =>
    bilingual(
      `容器 ${name} 不属于任何已安装的应用`,
      `Container ${name} belongs to no installed app`,
    ),
  'network-without-app': (_app, name) =>
    bilingual(`网络 ${name} 不属于任何已安装的应用`, `Network ${name} belongs to no installed app`),
  'volume-without-app': (app, name) =>
    bilingual(
      `数据卷 ${name} 是已卸载应用 ${app} 保留的数据；要删除请用 uninstallApp 并设 removeData=true`,
      `Volume ${name} is data kept of the uninstalled app ${app}; uninstallApp with removeData=true removes it`,
    ),
  'port-differs': (app, name) =>
    bilingual(
      `应用 ${app} 的容器 ${name} 实际发布的端口与租约不符`,
      `Container ${name} of app ${app} publishes another port than is leased`,
    ),
};

function finding(
  kind: DriftKind,
  appName: string,
  subject: string,
  remedy: DriftRemedy,
): DriftFinding {
  return { kind, appName, subject, message: TEXTS[kind](appName, subject), remedy };
}
