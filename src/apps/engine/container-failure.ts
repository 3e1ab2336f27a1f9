import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import type { ContainerCondition } from '../../platform/docker/engine-types';
import type { ContainerFailure } from './container.errors';

export interface ContainerCause {
  readonly failure: ContainerFailure;
  readonly message: Bilingual;
}

/** The engine waits twice as long before each restart: eight of them take about 25 s. */
export const RESTART_LOOP_COUNT = 8;

/** A container that did not end by itself was killed by this signal: 128 + 9. */
const KILLED = 137;

export function exitText(name: string, exitCode: number): Bilingual {
  const hint =
    exitCode === KILLED
      ? bilingual('（被强制终止）', ' (killed)')
      : exitCode === 127
        ? bilingual('（找不到命令）', ' (command not found)')
        : exitCode === 126
          ? bilingual('（命令不能执行）', ' (command cannot be executed)')
          : bilingual('', '');
  return bilingual(
    `容器 ${name} 已退出，退出码 ${exitCode}${hint.zh}`,
    `Container ${name} ended with exit code ${exitCode}${hint.en}`,
  );
}

export function outOfMemoryText(name: string, exitCode = KILLED): Bilingual {
  return bilingual(
    `容器 ${name} 因内存不足被终止（退出码 ${exitCode}）：请提高内存限制或释放内存`,
    `Container ${name} was killed because it ran out of memory (exit code ${exitCode}): raise its limit or free some`,
  );
}

export function unhealthyText(name: string, lastProbe: string): Bilingual {
  const zh = lastProbe ? `：${lastProbe}` : '';
  const en = lastProbe ? `: ${lastProbe}` : '';
  return bilingual(`容器 ${name} 健康检查未通过${zh}`, `Container ${name} is unhealthy${en}`);
}

export function restartLoopText(name: string, count: number, exitCode: number): Bilingual {
  return bilingual(
    `容器 ${name} 反复重启（${count} 次），最近一次退出码 ${exitCode}`,
    `Container ${name} keeps restarting (${count} times), last exit code ${exitCode}`,
  );
}

/**
 * Why a container that should stay up cannot be waited for any longer, or null. A one-shot
 * container that ended with 0 is well.
 */
export function terminalFailure(
  condition: ContainerCondition,
  oneShot: boolean,
): ContainerCause | null {
  const { name, state, exitCode, outOfMemory, restartCount, isLooping } = condition;
  const { endedForHealth = false, lastProbe } = condition;
  const unhealthy = { failure: 'unhealthy' as const, message: unhealthyText(name, lastProbe) };
  if (state === 'restarting' || (state === 'running' && restartCount > 0)) {
    if (restartCount < RESTART_LOOP_COUNT && !isLooping) return null;
    if (endedForHealth) return unhealthy;
    return outOfMemory
      ? { failure: 'out-of-memory', message: outOfMemoryText(name, exitCode || KILLED) }
      : { failure: 'restart-loop', message: restartLoopText(name, restartCount, exitCode) };
  }
  if (state !== 'exited' && state !== 'dead') return null;
  if (oneShot && exitCode === 0) return null;
  if (endedForHealth) return unhealthy;
  return outOfMemory
    ? { failure: 'out-of-memory', message: outOfMemoryText(name, exitCode) }
    : { failure: 'exited', message: exitText(name, exitCode) };
}
