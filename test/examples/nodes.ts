import { AppLab } from '../support/factories/app-lab';
import { SwarmLab } from '../support/swarm/swarm-lab';
import type { Recorder } from './recorder';

const CALLS = [
  'setNodeLabels',
  'drainNode',
  'activateNode',
  'planMove',
  'moveApp',
  'listNodes',
  'getNode',
];

/** Every call on nodes, in a Swarm of two machines. Needs root. */
export async function recordNodes(recorder: Recorder): Promise<void> {
  const swarm = await SwarmLab.start(2);
  try {
    const { host, docker } = swarm.manager;
    const environment = { ORCHESTRATOR: 'swarm', APP_BIND: '0.0.0.0', DOCKER_HOST: host };
    const lab = await AppLab.start(environment, docker);
    try {
      const admin = recorder.as(lab.admin.http);
      await lab.installed('hello');
      const path = { node: swarm.nodes[1]!.id };
      await admin('setNodeLabels', { path, body: { labels: { zone: 'b' } } });
      await admin('drainNode', { path });
      await admin('activateNode', { path });
      await admin('planMove', { path: { appName: 'hello' } });
      await admin('moveApp', { path: { appName: 'hello' }, body: { node: swarm.manager.name } });
      await lab.settled('hello', '1');
      await admin('listNodes');
      await admin('getNode', { path });
      for (const id of CALLS) recorder.recorded[id] = withoutLab(recorder.recorded[id]!, swarm);
    } finally {
      await lab.close();
    }
  } finally {
    await swarm.destroy();
  }
}

/** The same with names and addresses as people know them. */
function withoutLab<Answer>(answer: Answer, { nodes }: SwarmLab): Answer {
  const text = nodes.reduce(
    (left, { name, address }, index) =>
      left
        .replaceAll(name, index === 0 ? 'manager-1' : `worker-${index}`)
        .replaceAll(address, `192.0.2.${11 + index}`),
    JSON.stringify(answer),
  );
  return JSON.parse(text) as Answer;
}
