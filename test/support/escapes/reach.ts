import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { isPrivateSubnet } from '../../../src/apps/compose/policy/private-subnet';

/** What belongs to an app. */
export interface Own {
  readonly project: string;
  readonly folder: string;
  readonly sharedNetwork: string;
}

/** Whether a folder holds one file with this text and nothing else. */
export async function untouched(folder: string, text: string): Promise<boolean> {
  return (
    (await readdir(folder)).join() === 'secret' &&
    (await readFile(join(folder, 'secret'), 'utf8')) === text
  );
}

/** What an app's containers, networks and volumes have on the engine that is not their own. */
export async function reachOf(engine: Docker, own: Own): Promise<string[]> {
  const containers = await engine.listContainers({
    all: true,
    filters: { label: [`com.docker.compose.project=${own.project}`] },
  });
  const found: string[] = [];
  for (const { Id } of containers) found.push(...(await reachOfContainer(engine, Id, own)));
  return [...found, ...(await reachOfResources(engine, own))];
}

async function reachOfContainer(engine: Docker, id: string, own: Own): Promise<string[]> {
  const found: string[] = [];
  const container = engine.getContainer(id);
  const details = await container.inspect();
  const log = await container.logs({ stdout: true, stderr: true }).catch(() => '');
  found.push(...(/LEAK \S+/.exec(log.toString()) ?? []));
  const folder = await realpath(own.folder).catch(() => '');
  for (const { Type, Name, Source, RW } of details.Mounts) {
    const foreign = !/^[0-9a-f]{64}$/.test(Name ?? '') && !Name?.startsWith(`${own.project}_`);
    if (Type === 'volume' && foreign) found.push(`volume ${Name}`);
    if (Type !== 'bind' || (/^\/etc\/(localtime|timezone)$/.test(Source) && !RW)) continue;
    const real = await realpath(Source).catch(() => Source);
    if (real !== folder && !real.startsWith(`${folder}/`)) found.push(`bind ${Source} of ${real}`);
  }
  for (const network of Object.keys(details.NetworkSettings.Networks)) {
    const known = ['none', own.sharedNetwork].includes(network);
    if (!known && !network.startsWith(`${own.project}_`)) found.push(`network ${network}`);
  }
  const { HostConfig } = details;
  for (const mode of [HostConfig.NetworkMode, HostConfig.PidMode, HostConfig.IpcMode]) {
    const other = /^container:(.*)$/.exec(mode ?? '')?.[1];
    const owner = other && (await engine.getContainer(other).inspect()).Name.slice(1);
    if (mode === 'host' || (owner && !owner.startsWith(own.project))) found.push(`mode ${mode}`);
  }
  if (!['json-file', 'local', 'none'].includes(HostConfig.LogConfig?.Type ?? ''))
    found.push(`logging ${HostConfig.LogConfig?.Type}`);
  for (const option of (HostConfig.SecurityOpt ?? []) as string[])
    if (!/^(no-new-privileges|apparmor[:=]docker-default)/.test(option)) found.push(option);
  if (HostConfig.Privileged) found.push('privileged');
  if ((HostConfig.Devices ?? []).length > 0) found.push('a device');
  for (const mode of [HostConfig.UTSMode, HostConfig.UsernsMode])
    if (mode === 'host') found.push('a name space of the host');
  return found;
}

async function reachOfResources(engine: Docker, { project }: Own): Promise<string[]> {
  const found: string[] = [];
  const networks = await engine.listNetworks();
  for (const { Name, Driver, Options, IPAM } of networks) {
    if (!Name.startsWith(`${project}_`)) continue;
    if (Driver !== 'bridge') found.push(`network driver ${Driver}`);
    if (Options?.['com.docker.network.bridge.name']) found.push(`bridge of ${Name}`);
    for (const { Subnet = '' } of (IPAM?.Config ?? []) as { Subnet?: string }[])
      if (!isPrivateSubnet(Subnet, [])) found.push(`subnet ${Subnet}`);
  }
  const { Volumes } = await engine.listVolumes();
  for (const { Name, Driver, Options } of Volumes) {
    if (!Name.startsWith(`${project}_`)) continue;
    const { device = 'tmpfs', o = '' } = (Options ?? {}) as Record<string, string>;
    if (Driver !== 'local' || device !== 'tmpfs' || o.includes('bind'))
      found.push(`device of ${Name}`);
  }
  return found;
}
