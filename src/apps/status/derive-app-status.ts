import type { ContainerCondition, ContainerSummary } from '../../platform/docker/engine-types';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import {
  exitText,
  outOfMemoryText,
  restartLoopText,
  unhealthyText,
} from '../engine/container-failure';
import {
  expectedContainer,
  type AppManifest,
  type ManifestContainer,
} from '../installations/app-manifest';
import type {
  InstallationPhase,
  InstallationState,
  InstallFailure,
} from '../installations/installation-state';

/** The documented digits: 0 not started, 1 started, 2 failed. */
export type AppStatusCode = '0' | '1' | '2';

export type AppPhase =
  InstallationPhase | 'stopped' | 'paused' | 'unhealthy' | 'gone' | 'upgrading' | 'unknown';

export interface AppStatus {
  readonly status: AppStatusCode;
  readonly phase: AppPhase;
  readonly progress: number;
  /** Short and stable where something is wrong, e.g. `out-of-memory`. */
  readonly cause: string | null;
  /** One sentence: the cause, or what is being done. */
  readonly info: Bilingual;
}

/** The part of an installation row that a status depends on. */
export interface StatusRow {
  readonly state: InstallationState;
  readonly phase: InstallationPhase;
  readonly progress: number;
  readonly step: Bilingual | null;
  readonly stopped: boolean;
  readonly failure: InstallFailure | null;
}

/** What is known of a container beyond the engine's list. */
export interface ContainerKnowledge {
  readonly condition?: ContainerCondition;
  /** A stop was requested: how it ended is then no failure. */
  readonly stopRequested?: boolean;
  /** When the kernel last killed one of its processes for want of memory. */
  readonly outOfMemoryAt?: Date;
}

const NOTHING = bilingual('', '');
const RUNNING: AppStatus = {
  status: '1',
  phase: 'running',
  progress: 100,
  cause: null,
  info: NOTHING,
};
/** Of an installed app while its Swarm tells nothing. It runs on. */
export const WITHOUT_MAJORITY: AppStatus = {
  status: '2',
  phase: 'unknown',
  progress: 100,
  cause: 'swarm-without-majority',
  info: bilingual(
    'Swarm 的管理节点没有达到多数，应用的状态未知；运行中的服务不受影响，管理节点恢复后会自动更新',
    'The Swarm has no majority of its managers, so the state of the app is unknown; what runs goes on, and it is known again when the managers are back',
  ),
};
/** Ended in order, or by TERM (128 + 15). */
const STOPPED_CODES: readonly number[] = [0, 143];
/** A container that restarts and has not been up this long is looping, not running. */
const LOOP_UPTIME_MS = 15_000;
const LOOP_RESTARTS = 3;
/** The kernel's kill of the first process and the end of the container are this close together. */
const OOM_TO_END_MS = 5_000;
const KILLED = 137;

/**
 * What an app's state is, from its row and from what the engine says of its containers; where they
 * differ the engine wins. Pure: `knowledge` holds what only inspects and events show.
 */
export function deriveAppStatus(
  row: StatusRow,
  manifest: AppManifest | null,
  containers: readonly ContainerSummary[],
  knowledge: ReadonlyMap<string, ContainerKnowledge> = new Map(),
  now: number = Date.now(),
): AppStatus {
  switch (row.state) {
    case 'queued':
    case 'installing':
    case 'upgrading':
    case 'rolling-back':
    case 'uninstalling':
      return {
        status: '0',
        phase:
          row.state === 'queued' ? 'queued' : row.state === 'upgrading' ? 'upgrading' : row.phase,
        progress: row.progress,
        cause: null,
        info: row.step ?? NOTHING,
      };
    case 'failed':
    case 'cancelled':
      return {
        status: row.state === 'failed' ? '2' : '0',
        phase: row.state,
        progress: row.progress,
        cause: row.failure?.code ?? null,
        info: row.failure?.message ?? NOTHING,
      };
    case 'removed':
      return { status: '0', phase: 'removed', progress: 0, cause: null, info: NOTHING };
    case 'installed':
      return ofInstalled(row, manifest, containers, knowledge, now);
  }
}

function ofInstalled(
  row: StatusRow,
  manifest: AppManifest | null,
  containers: readonly ContainerSummary[],
  knowledge: ReadonlyMap<string, ContainerKnowledge>,
  now: number,
): AppStatus {
  const expected = manifest?.containers ?? [];
  const byName = new Map(
    containers.map((c) => [(manifest && expectedContainer(manifest, c)?.name) ?? c.name, c]),
  );
  const lasting = expected.filter((c) => !c.oneShot);
  if (!expected.some((c) => byName.has(c.name))) {
    return failed(
      'gone',
      'removed',
      bilingual(
        '该应用的容器已被手动删除，可以重新安装',
        'The containers of this app were removed by hand; it can be installed again',
      ),
    );
  }
  const missing = lasting.find((c) => !byName.has(c.name));
  if (missing) {
    return failed(
      'failed',
      'container-missing',
      bilingual(
        `容器 ${missing.name} 已被手动删除，请用 drift/repair 修复`,
        `Container ${missing.name} was removed by hand; repair the app with drift/repair`,
      ),
    );
  }
  const present = expected.flatMap((c) => {
    const summary = byName.get(c.name);
    return summary ? [{ expected: c, summary, known: knowledge.get(summary.id) ?? {} }] : [];
  });
  const stays = present.filter((c) => !c.expected.oneShot);
  const isStopped = (c: Present): boolean =>
    c.summary.state === 'exited' && wasStopped(c, row.stopped);
  if (stays.length > 0 && stays.every(isStopped)) {
    // Not stopped on request: an upgrade that failed could not start it again.
    if (row.failure && !row.stopped) return failed('failed', row.failure.code, row.failure.message);
    return {
      status: '0',
      phase: 'stopped',
      progress: 100,
      cause: row.stopped ? null : 'stopped-by-hand',
      info: row.stopped
        ? (row.failure?.message ?? bilingual('已停止', 'Stopped'))
        : bilingual(
            '容器已在引擎上被手动停止',
            'Its containers were stopped by hand on the engine',
          ),
    };
  }
  for (const container of present) {
    const cause = causeOf(container, row.stopped, now);
    if (cause) return cause;
  }
  if (stays.some((c) => c.summary.state === 'paused')) {
    return {
      status: '0',
      phase: 'paused',
      progress: 100,
      cause: 'paused',
      info: bilingual('容器已被暂停', 'A container is paused'),
    };
  }
  const waiting = stays.find((c) => c.summary.health === 'starting');
  if (waiting) {
    return {
      status: '0',
      phase: 'waiting',
      progress: 99,
      cause: null,
      info: bilingual(
        `容器 ${waiting.summary.name} 正在启动，等待健康检查`,
        `Container ${waiting.summary.name} is starting, waiting for its health check`,
      ),
    };
  }
  // Running, but with a message: an upgrade that was rolled back, or a new name.
  if (row.failure) return { ...RUNNING, info: row.failure.message };
  const renamed = present.find((c) => c.summary.name !== c.expected.name);
  return renamed ? { ...RUNNING, info: renamedText(renamed) } : RUNNING;
}

function renamedText({ expected, summary }: Present): Bilingual {
  return bilingual(
    `容器 ${expected.name} 已被手动改名为 ${summary.name}，重新启动应用即可恢复原名`,
    `Container ${expected.name} was renamed by hand to ${summary.name}; a restart of the app gives it its name back`,
  );
}

interface Present {
  readonly expected: ManifestContainer;
  readonly summary: ContainerSummary;
  readonly known: ContainerKnowledge;
}

function wasStopped({ summary, known }: Present, byUs: boolean): boolean {
  if (ranOutOfMemory(known)) return false;
  return byUs || known.stopRequested === true || STOPPED_CODES.includes(summary.exitCode ?? -1);
}

/**
 * The engine sets its own mark only where it hears of the kernel's kill before it hears of the end;
 * the event shows it in either order.
 */
function ranOutOfMemory({ condition, outOfMemoryAt }: ContainerKnowledge): boolean {
  if (condition?.outOfMemory) return true;
  const finishedAt = condition?.finishedAt;
  if (!outOfMemoryAt || !finishedAt || condition.exitCode !== KILLED) return false;
  return Math.abs(finishedAt.getTime() - outOfMemoryAt.getTime()) < OOM_TO_END_MS;
}

function causeOf(container: Present, stopped: boolean, now: number): AppStatus | null {
  const { summary, expected, known } = container;
  const { name, placement } = summary;
  if (placement) {
    const phase = placement.code === 'node-lost' ? 'unknown' : 'failed';
    return failed(phase, placement.code, placement.text);
  }
  const condition = known.condition;
  if (summary.state !== 'running' && condition?.endedForHealth)
    return failed('unhealthy', 'unhealthy', unhealthyText(name, condition.lastProbe));
  switch (summary.state) {
    case 'running': {
      const startedAt = condition?.startedAt?.getTime() ?? 0;
      const restarts = condition?.restartCount ?? 0;
      if (restarts >= LOOP_RESTARTS && now - startedAt < LOOP_UPTIME_MS) {
        const hungry = now - (known.outOfMemoryAt?.getTime() ?? 0) < LOOP_UPTIME_MS;
        if (hungry) return failed('failed', 'out-of-memory', outOfMemoryText(name));
        return failed(
          'failed',
          'restart-loop',
          restartLoopText(name, restarts, condition?.exitCode ?? 0),
        );
      }
      if (summary.health !== 'unhealthy') return null;
      return failed('unhealthy', 'unhealthy', unhealthyText(name, condition?.lastProbe ?? ''));
    }
    case 'restarting':
      return ranOutOfMemory(known)
        ? failed('failed', 'out-of-memory', outOfMemoryText(name, summary.exitCode ?? KILLED))
        : failed(
            'failed',
            'restart-loop',
            restartLoopText(name, condition?.restartCount ?? 1, summary.exitCode ?? 0),
          );
    case 'exited':
    case 'dead':
    case 'removing': {
      const exitCode = summary.exitCode ?? condition?.exitCode ?? 0;
      if (expected.oneShot && exitCode === 0) return null;
      if (ranOutOfMemory(known)) {
        return failed('failed', 'out-of-memory', outOfMemoryText(name, exitCode));
      }
      if (!expected.oneShot && wasStopped(container, stopped)) {
        return failed(
          'failed',
          'stopped-by-hand',
          bilingual(`容器 ${name} 已被手动停止`, `Container ${name} was stopped by hand`),
        );
      }
      return failed('failed', 'exited', exitText(name, exitCode));
    }
    case 'created':
      if (expected.oneShot) return null;
      return failed(
        'failed',
        'not-started',
        bilingual(
          `容器 ${name} 未能启动，请用 start 启动应用`,
          `Container ${name} did not start; start the app again`,
        ),
      );
    case 'paused':
      return null;
  }
}

function failed(phase: AppPhase, cause: string, info: Bilingual): AppStatus {
  return { status: '2', phase, progress: 100, cause, info };
}
