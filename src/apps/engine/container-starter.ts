import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import type { WorkloadDetails } from '../../platform/docker/workloads';
import { composeLabels, ownLabels } from '../compose/engine/labels';
import { ensureBindSources } from '../compose/files/bind-sources';

/**
 * Starts containers of apps; the only way to. Before each start it looks at where the binds begin: an app may
 * have put a link there since, and the engine would mount what the link leads to.
 */
@Injectable()
export class ContainerStarter {
  constructor(private readonly engine: DockerEngine) {}

  /**
   * Running already counts as done.
   * @throws BindEscapesError where a bind starts at a link or a special file
   * @throws EngineError
   */
  async start(name: string): Promise<void> {
    const details = await this.engine.workloads.inspect(name);
    await checkBinds(details);
    await this.engine.workloads.start(name);
  }
}

async function checkBinds({ Config, HostConfig }: WorkloadDetails): Promise<void> {
  const { Labels: labels } = Config;
  const appName = labels[ownLabels.app] ?? labels[ownLabels.trial];
  const projectDir = labels[composeLabels.workingDir];
  if (!appName || !projectDir || labels[ownLabels.trusted] === 'true') return;
  const binds = (HostConfig.Binds ?? []).map((bind) => bind.split(':')[0] ?? '');
  await ensureBindSources(
    appName,
    projectDir,
    binds.filter((source) => source.startsWith('/')),
  );
}
