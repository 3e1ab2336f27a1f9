import { createServer } from 'node:net';
import { docker } from '../../support/factories/app-lab';
import type { Fault, FaultContext } from './fault';
import { pause } from './load';

const MAX_WAIT_MS = 6_000;

/** A container of this storm, or null where none comes up. */
async function anyContainer({ lab, random }: FaultContext) {
  for (const end = performance.now() + MAX_WAIT_MS; performance.now() < end; await pause(50)) {
    const all = await docker.listContainers({ all: true });
    const ours = all.filter((c) => c.Names.some((name) => name.startsWith(`/${lab.prefix}`)));
    if (ours.length > 0) return docker.getContainer(random.pick(ours).Id);
  }
  return null;
}

const hand =
  (kind: 'kill' | 'remove' | 'rename' | 'stop'): Fault =>
  async (context) => {
    const container = await anyContainer(context);
    if (!container) return `${kind} by hand: no container`;
    const by = {
      kill: () => container.kill(),
      remove: () => container.remove({ force: true }),
      rename: () => container.rename({ name: `${context.lab.prefix}renamed-${Date.now()}` }),
      stop: () => container.stop({ t: 0 }),
    };
    await by[kind]().catch(() => undefined);
    return `${kind} by hand`;
  };

/** What somebody does to the machine besides the product. */
export const HAND_FAULTS: Readonly<Record<string, Fault>> = {
  'kill by hand': hand('kill'),
  'remove by hand': hand('remove'),
  'rename by hand': hand('rename'),
  'stop by hand': hand('stop'),

  occupy: async ({ lab, random }) => {
    const { from, to } = lab.server.settings.appPortRange;
    const servers = Array.from({ length: 10 }, () => createServer().unref());
    for (const server of servers) {
      server.on('error', () => undefined);
      server.listen(random.between(from, to), '0.0.0.0');
    }
    await pause(random.between(500, 4_000));
    for (const server of servers) server.close();
    return 'occupy ports';
  },
};
