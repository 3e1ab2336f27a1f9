import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import type { AppUpdate, ImageUpdate, VariableUpdate } from './app-update';

type Changes = Pick<
  AppUpdate,
  'version' | 'images' | 'variables' | 'ports' | 'volumes' | 'templateDigest'
>;

/** The changes in words, the most telling first; empty where nothing changes. */
export function updateWords(update: Changes): Bilingual[] {
  const { version, images, variables, ports, volumes, templateDigest } = update;
  const { from, to } = version;
  const words = [
    ...(from === to ? [] : [bilingual(`版本 ${from ?? '–'} → ${to ?? '–'}`, `version ${from ?? '–'} → ${to ?? '–'}`)]), // prettier-ignore
    ...images.flatMap(imageWords),
    ...variables.flatMap(variableWords),
    ...ports.map(({ service, containerPort, protocol, change }) => {
      const port = `${containerPort}/${protocol}`;
      return change === 'added'
        ? bilingual(`新端口：${service} 的 ${port}`, `new port: ${port} of ${service}`)
        : bilingual(`端口关闭：${service} 的 ${port}`, `port closed: ${port} of ${service}`);
    }),
    ...volumes.map(({ name, change }) =>
      change === 'added'
        ? bilingual(`新数据卷：${name}`, `new volume: ${name}`)
        : bilingual(
            `不再使用数据卷 ${name}（数据保留）`,
            `volume no longer used: ${name} (its data stay)`,
          ),
    ),
  ];
  const isNewer = templateDigest.to !== null && templateDigest.to !== templateDigest.from;
  return words.length > 0 || !isNewer ? words : [OTHERWISE];
}

const OTHERWISE = bilingual(
  '模板的其他内容有变化（设置、命令或文件）',
  'the template differs elsewhere: in settings, commands or files',
);

function imageWords({ service, from, to, change }: ImageUpdate): Bilingual[] {
  switch (change) {
    case 'replaced':
      return [bilingual(`${service} 的镜像：${from} → ${to}`, `image of ${service}: ${from} → ${to}`)]; // prettier-ignore
    case 'moved':
      return [
        bilingual(
          `${service} 的镜像：仓库中的 ${to} 已更新`,
          `image of ${service}: the registry has a newer ${to}`,
        ),
      ];
    case 'added':
      return [bilingual(`新服务：${service}（${to}）`, `new service: ${service} (${to})`)];
    case 'removed':
      return [bilingual(`不再有服务 ${service}`, `service goes: ${service}`)];
    default:
      return [];
  }
}

function variableWords({ name, change, problem }: VariableUpdate): Bilingual[] {
  const why = problem ?? bilingual('', '');
  switch (change) {
    case 'added':
      return [
        problem
          ? bilingual(`新变量 ${name}：${why.zh}`, `new variable ${name}: ${why.en}`)
          : bilingual(`新变量 ${name}`, `new variable ${name}`),
      ];
    case 'removed':
      return [bilingual(`不再有变量 ${name}`, `variable goes: ${name}`)];
    case 'required':
      return [
        problem
          ? bilingual(`变量 ${name} ${why.zh}`, `variable ${name} ${why.en}`)
          : bilingual(`变量 ${name} 改为必填`, `variable ${name} is required now`),
      ];
    default:
      return [bilingual(`变量 ${name} 的值不再有效：${why.zh}`, `the value of ${name} is no longer accepted: ${why.en}`)]; // prettier-ignore
  }
}
