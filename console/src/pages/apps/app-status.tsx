import { Badge } from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { useText, type Text } from '../../app/language';

export type AppInfo = Schema<'AppInfoDto'>;

const BUSY = new Set([
  'queued',
  'preflight',
  'pulling',
  'creating',
  'starting',
  'waiting',
  'upgrading',
  'rolling-back',
  'uninstalling',
]);

/** Work on the app goes on and can be watched. */
export function isBusy(info: Pick<AppInfo, 'phase'>): boolean {
  return BUSY.has(info.phase);
}

export function phaseName(phase: string, text: Text): string {
  const names: Readonly<Record<string, string>> = {
    queued: text('排队中', 'Queued'),
    preflight: text('检查环境', 'Checking'),
    pulling: text('下载镜像', 'Pulling images'),
    creating: text('创建容器', 'Creating containers'),
    starting: text('启动中', 'Starting'),
    waiting: text('等待就绪', 'Waiting until ready'),
    running: text('运行中', 'Running'),
    stopped: text('已停止', 'Stopped'),
    paused: text('已暂停', 'Paused'),
    unhealthy: text('不健康', 'Unhealthy'),
    gone: text('容器不存在', 'Containers are gone'),
    upgrading: text('升级中', 'Upgrading'),
    unknown: text('状态未知', 'Unknown'),
    failed: text('失败', 'Failed'),
    cancelled: text('已取消', 'Cancelled'),
    removed: text('已卸载', 'Removed'),
    'rolling-back': text('回滚中', 'Rolling back'),
    uninstalling: text('卸载中', 'Uninstalling'),
  };
  return names[phase] ?? phase;
}

export function StatusBadge({ info }: { readonly info: AppInfo }) {
  const text = useText();
  const color = isBusy(info)
    ? 'blue'
    : info.status === '1'
      ? 'teal'
      : info.status === '2'
        ? 'red'
        : 'gray';
  return (
    <Badge color={color} variant="light" tt="none">
      {phaseName(info.phase, text)}
      {isBusy(info) && info.progress > 0 ? ` ${info.progress} %` : ''}
    </Badge>
  );
}
