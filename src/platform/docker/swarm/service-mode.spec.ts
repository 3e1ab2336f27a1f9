import { NO_DEPLOY_SETTINGS } from '../engine-types';
import {
  stoppedConstraints,
  stoppedMode,
  wantedReplicas,
  withReplicas,
  type ServiceMode,
} from './service-mode';

const modeOf = (mode: string | null): ServiceMode => stoppedMode({ ...NO_DEPLOY_SETTINGS, mode });
const stopped = (mode: string | null, Constraints: string[] = []) => {
  const Mode = modeOf(mode);
  const all = [...Constraints, ...stoppedConstraints(Mode)];
  return { Spec: { Name: 'shop', Mode, TaskTemplate: { Placement: { Constraints: all } } } };
};

describe(stoppedMode.name, () => {
  it.each([
    [null, { Replicated: { Replicas: 0 } }],
    ['replicated', { Replicated: { Replicas: 0 } }],
    ['replicated-job', { Replicated: { Replicas: 0 } }],
    ['global', { Global: {} }],
  ])('makes %s a service that does not run', (mode, made) => {
    expect(modeOf(mode)).toEqual(made);
  });
});

describe(withReplicas.name, () => {
  it.each([[null], ['global'], ['replicated-job']])('starts and stops %s', (mode) => {
    const service = stopped(mode, ['node.role==worker']);
    expect(wantedReplicas(service)).toBe(0);
    const started = withReplicas(service, 1);
    expect(wantedReplicas({ Spec: started })).toBe(1);
    expect(started).toMatchObject({ Name: 'shop', TaskTemplate: { ForceUpdate: 1 } });
    expect(started.TaskTemplate.Placement.Constraints).toEqual(['node.role==worker']);
    const again = withReplicas({ Spec: started }, 0);
    expect(wantedReplicas({ Spec: again })).toBe(0);
    expect(again.Mode).toEqual(service.Spec.Mode);
    expect(again.TaskTemplate.Placement).toEqual(service.Spec.TaskTemplate.Placement);
  });
});
