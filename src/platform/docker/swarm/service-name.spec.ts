import { isRenamed, NAME_LABEL, renamed, shownName, storedName } from './service-name';
import type { ServiceSpec } from './service-spec';

const spec: ServiceSpec = {
  Name: 'shop',
  Labels: { 'io.stackscape.app': 'shop' },
  TaskTemplate: {
    ContainerSpec: { Image: 'shop:1' },
    RestartPolicy: {},
    Placement: {},
    Networks: [],
    ForceUpdate: 3,
  },
  Mode: { Replicated: { Replicas: 2 } },
};

describe('the name of a service', () => {
  it.each(['shop', 'shop_web-1', 'Shop--2', 'a'.repeat(63)])('is kept: %s', (name) => {
    expect(storedName(name)).toBe(name);
  });

  it.each(['shop.before-upgrade', 'a'.repeat(64), `${'a'.repeat(63)}.before-upgrade`, 'shop-'])(
    'is replaced by one that a Swarm allows: %s',
    (name) => {
      const stored = storedName(name);
      expect(stored).toMatch(/^[a-zA-Z0-9](?:[-_]*[A-Za-z0-9]+)*$/);
      expect(stored.length).toBeLessThanOrEqual(63);
      expect(stored).not.toBe(storedName(`${name}2`));
    },
  );

  it('is shown as it was given, and given back', () => {
    const aside = renamed({ Spec: spec }, 'shop.before-upgrade');
    expect(aside.Labels[NAME_LABEL]).toBe('shop.before-upgrade');
    expect(shownName({ Spec: aside })).toBe('shop.before-upgrade');
    expect(aside.Mode).toEqual({ Replicated: { Replicas: 0 } });
    const back = renamed({ Spec: aside }, 'shop');
    expect(back).toEqual({ ...spec, Mode: { Replicated: { Replicas: 0 } } });
    expect(shownName({ Spec: back })).toBe('shop');
  });

  it('alone makes no other service of it, but an image does', () => {
    const aside = { Spec: renamed({ Spec: spec }, 'shop.before-upgrade') };
    expect(isRenamed({ Spec: spec }, aside)).toBe(true);
    const { TaskTemplate: task } = spec;
    const other = { ...spec, TaskTemplate: { ...task, ContainerSpec: { Image: 'shop:2' } } };
    expect(isRenamed({ Spec: other }, aside)).toBe(false);
  });
});
