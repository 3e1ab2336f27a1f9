import {
  failureBehind,
  toServiceCondition,
  toServiceFacts,
  toServiceSummary,
  type NodesById,
} from './service-facts';
import type { ContainerEnd } from '../engine-types';
import type { ServiceMode } from './service-mode';
import type { RawNode, RawService, RawTask } from './swarm-types';

const node = (ID: string, State = 'ready'): RawNode => ({
  ID,
  Version: { Index: 1 },
  Spec: { Role: 'worker', Availability: 'active' },
  Description: { Hostname: `host-${ID}` },
  Status: { State, Addr: `192.0.2.${ID.length}` },
});
const nodes = (...all: RawNode[]): NodesById => new Map(all.map((one) => [one.ID, one]));
const service = (Replicas = 1, Constraints: string[] = []): RawService => ({
  ID: 'service',
  Version: { Index: 1 },
  CreatedAt: '2026-11-22T05:00:00Z',
  UpdatedAt: '2026-11-22T05:00:01.8Z',
  Spec: {
    Name: 'shop',
    Labels: {},
    TaskTemplate: {
      ContainerSpec: { Image: 'shop@sha256:0' },
      RestartPolicy: {},
      Placement: { Constraints },
      Networks: [],
    },
    Mode: { Replicated: { Replicas } },
    EndpointSpec: { Ports: [{ Protocol: 'tcp', TargetPort: 80, PublishedPort: 9001, PublishMode: 'host' }] }, // prettier-ignore
  },
});
let created = 0;
const task = (
  State: string,
  more: Partial<RawTask> & { Err?: string; ExitCode?: number } = {},
): RawTask => {
  // prettier-ignore
  created += 1;
  const at = `2026-11-22T05:00:02.${String(created).padStart(3, '0')}Z`;
  const { Err, ExitCode = 0, ...rest } = more;
  return {
    ID: `task-${created}`,
    CreatedAt: at,
    ServiceID: 'service',
    Slot: 1,
    NodeID: 'a',
    DesiredState: 'running',
    Status: { Timestamp: at, State, ContainerStatus: { ExitCode }, ...(Err ? { Err } : {}) },
    ...rest,
  };
};
const failed = (Err = 'task: non-zero exit (3)', ExitCode = 3): RawTask =>
  task('failed', { DesiredState: 'shutdown', Err, ExitCode });

const inMode = (Mode: ServiceMode): RawService => {
  const plain = service();
  return { ...plain, Spec: { ...plain.Spec, Mode } };
};

describe('how a service ended', () => {
  const ended = (tasks: RawTask[], end?: ContainerEnd) => {
    const facts = toServiceFacts(service(), tasks, nodes(node('a')));
    return { facts, condition: toServiceCondition(service(), facts, nodes(node('a')), end) };
  };

  it('is asked of the task that failed last, or of the last one where all are over', () => {
    const [earlier, last] = [failed(), failed()];
    expect(ended([earlier, last]).facts.lastEnded).toBe(last);
    const complete = task('complete');
    expect(ended([complete]).facts.lastEnded).toBe(complete);
    expect(ended([failed(), task('running')]).facts.lastEnded).toBeNull();
  });

  it('is what the node says, and of its health what the manager says too', () => {
    const hungry = { outOfMemory: true, lastProbe: 'last words', endedForHealth: false };
    expect(ended([failed()], hungry).condition).toMatchObject(hungry);
    expect(ended([failed()]).condition).toMatchObject({
      outOfMemory: false,
      endedForHealth: false,
    });
    const unhealthy = failed('starting container failed: unhealthy container');
    expect(ended([unhealthy]).condition.endedForHealth).toBe(true);
  });
});

describe(toServiceFacts.name, () => {
  it('counts for a service on each node only nodes that answer and are not drained', () => {
    const global = inMode({ Global: {} });
    const on = (NodeID: string, State = 'running') => task(State, { NodeID, Slot: undefined });
    const drained = { ...node('c'), Spec: { Role: 'worker', Availability: 'drain' } };
    const all = nodes(node('a'), node('bb', 'down'), drained);
    const tasks = [on('a'), on('bb'), on('c', 'shutdown')];
    expect(toServiceFacts(global, tasks, all)).toMatchObject({ state: 'running', health: 'none' });
    expect(toServiceFacts(global, [on('a', 'preparing'), on('bb')], all)).toMatchObject({
      state: 'running',
      health: 'starting',
    });
    expect(toServiceFacts(global, [on('a'), on('c')], nodes(node('a'), node('c')))).toMatchObject({
      health: 'none',
    });
    expect(
      toServiceFacts(global, [on('a'), on('c', 'failed')], nodes(node('a'), node('c'))),
    ).toMatchObject({ state: 'restarting', failures: 1 });
  });

  it('shows a service whose replicas all run as running, at the address of its node', () => {
    const all = nodes(node('a'), node('bb'));
    const facts = toServiceFacts(service(2), [task('running'), task('running', { Slot: 2, NodeID: 'bb' })], all); // prettier-ignore
    expect(facts).toMatchObject({ state: 'running', health: 'none', failures: 0, placement: null });
    expect(toServiceSummary(service(2), facts).nodes).toEqual(['a', 'bb']);
    expect(toServiceCondition(service(2), facts, all).publishedAt).toBe('192.0.2.1');
  });

  it('names the node of a task also where it does not answer, and the one that holds the data', () => {
    const lost = toServiceFacts(service(), [task('running')], nodes(node('a', 'down')));
    expect(lost.running).toEqual([]);
    const summary = toServiceSummary(service(1, ['node.id==a']), lost);
    expect(summary).toMatchObject({ nodes: ['a'], pinnedTo: 'a' });
    expect(toServiceSummary(service(), lost)).not.toHaveProperty('pinnedTo');
  });

  it('shows one that is scaled to nothing as stopped, once its last task has ended', () => {
    const running = task('running', { DesiredState: 'shutdown' });
    expect(toServiceFacts(service(0), [running], nodes(node('a'))).state).toBe('running');
    expect(toServiceFacts(service(0), [task('shutdown')], nodes(node('a')))).toMatchObject({
      state: 'exited',
      exitCode: 0,
    });
  });

  it('does not count the ends of an earlier start', () => {
    const again = service();
    const second = { ...again.Spec, TaskTemplate: { ...again.Spec.TaskTemplate, ForceUpdate: 2 } };
    const begun = task('preparing', { Spec: { ForceUpdate: 2 } });
    const facts = toServiceFacts({ ...again, Spec: second }, [failed(), begun], nodes(node('a')));
    expect(facts).toMatchObject({ state: 'running', health: 'starting', failures: 0 });
  });

  it('tells an end for good from one after which it starts again, and from a loop', () => {
    const all = nodes(node('a'));
    expect(toServiceFacts(service(), [failed()], all)).toMatchObject({ state: 'exited', exitCode: 3 }); // prettier-ignore
    const again = toServiceFacts(service(), [failed(), task('ready')], all);
    expect(again).toMatchObject({ state: 'restarting', exitCode: 3, failures: 1 });
    const loop = toServiceFacts(service(), [failed(), failed(), failed(), failed(), task('ready')], all); // prettier-ignore
    expect(toServiceCondition(service(), again, all).isLooping).toBe(false);
    expect(toServiceCondition(service(), loop, all).isLooping).toBe(true);
  });

  it('shows a job that ended with 0 as ended', () => {
    const done = task('complete', { DesiredState: 'shutdown' });
    const facts = toServiceFacts(service(), [done], nodes(node('a')));
    expect(facts).toMatchObject({ state: 'exited', exitCode: 0 });
  });

  it('names the node that does not answer, also where the service may run nowhere else', () => {
    const all = nodes(node('a', 'down'), node('b'));
    for (const [subject, tasks] of [
      [service(), [task('running')]],
      [
        service(),
        [
          task('running', { DesiredState: 'shutdown' }),
          task('pending', { NodeID: undefined, Err: 'no suitable node' }),
        ],
      ],
      [service(1, ['node.id==a']), [task('pending', { NodeID: undefined, Err: 'no suitable node' })]], // prettier-ignore
    ] as const) {
      const { placement } = toServiceFacts(subject, tasks, all);
      expect(placement?.code).toBe('node-lost');
      expect(placement?.text.en).toContain('host-a');
    }
  });

  it('says why no node can run it', () => {
    const waiting = task('pending', { NodeID: undefined, Err: 'no suitable node (insufficient resources)' }); // prettier-ignore
    const { placement } = toServiceFacts(service(), [waiting], nodes(node('a')));
    expect(placement).toMatchObject({ code: 'not-placed' });
    expect(placement?.text.en).toContain('insufficient resources');
  });
});

describe(failureBehind.name, () => {
  const behind = (...tasks: RawTask[]): string | undefined =>
    failureBehind(service(), toServiceFacts(service(), tasks, nodes(node('a'))))?.failure;

  it('knows a port in use at once, from the node and from the scheduler', () => {
    expect(behind(failed('Bind for 0.0.0.0:9001 failed: port is already allocated'), task('ready'))).toBe('port-taken'); // prettier-ignore
    expect(behind(task('pending', { NodeID: undefined, Err: 'no suitable node (host-mode port already in use on 2 nodes)' }))).toBe('port-taken'); // prettier-ignore
  });

  it('gives an image that a node lacks some time to appear', () => {
    const missing = (): RawTask => failed('No such image: shop@sha256:0', 0);
    expect(behind(missing(), task('ready'))).toBeUndefined();
    expect(behind(missing(), missing(), missing(), task('ready'))).toBe('image-not-found');
  });

  it('waits for a node that still has networks of apps that are gone, as long as the Swarm tries again', () => {
    const overlap = 'Pool overlaps with other one on this address space';
    const ends = [1, 2, 3, 4].map(() => task('rejected', { DesiredState: 'shutdown', Err: overlap, ExitCode: 0 })); // prettier-ignore
    const facts = toServiceFacts(service(), [...ends, task('ready')], nodes(node('a')));
    expect(facts).toMatchObject({ state: 'restarting', failures: 0 });
    expect(failureBehind(service(), facts)).toBeNull();
    expect(toServiceCondition(service(), facts, nodes(node('a'))).isLooping).toBe(false);
    // The next one is about to be made.
    const between = toServiceFacts(service(), ends, nodes(node('a')));
    expect(between).toMatchObject({ state: 'restarting', failures: 0 });
    expect(failureBehind(service(), between)).toBeNull();
    const plain = service();
    const TaskTemplate = { ...plain.Spec.TaskTemplate, RestartPolicy: { Condition: 'none' } };
    const once = { ...plain, Spec: { ...plain.Spec, TaskTemplate } };
    const over = failureBehind(once, toServiceFacts(once, ends.slice(0, 1), nodes(node('a'))));
    expect([over?.failure, over?.subject]).toEqual(['address-block-taken', 'shop']);
  });

  it('leaves the end of the process itself to its exit code', () => {
    expect(behind(failed())).toBeUndefined();
  });
});
