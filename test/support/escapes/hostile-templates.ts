import fc from 'fast-check';
import type { HostileApp, Targets } from './arena';
import type { Atom } from './hostile-values';

/** The service that attacks; `image` runs the attack. */
export function attacker(image: string, { canaryDir }: Targets): Record<string, unknown> {
  return {
    image,
    command: ['sh', '/attack.sh'],
    environment: { AIM: canaryDir },
    restart: 'unless-stopped',
  };
}

/** A Compose file of one attacking service with further keys, as JSON, which is YAML. */
export function hostileApp(
  image: string,
  targets: Targets,
  service: object,
  top: object = {},
  files: Readonly<Record<string, string>> = {},
): HostileApp {
  const services = { a: { ...attacker(image, targets), ...service } };
  return { compose: JSON.stringify({ services, ...top }), files };
}

/** How the keys of a service get into it: as they stand, or by way of another file or of variables. */
type Disguise = 'none' | 'extends' | 'include' | 'variables';

type Plain = Readonly<Record<string, unknown>>;

/** An app that says all of these. */
export function appOf(
  image: string,
  targets: Targets,
  atoms: readonly Atom[],
  disguise: Disguise = 'none',
): HostileApp {
  let service: Plain = {};
  let second: Plain = {};
  let top: Plain = {};
  let links: Readonly<Record<string, string>> = {};
  for (const atom of atoms) {
    service = merged(service, atom.service ?? {});
    second = merged(second, atom.second ?? {});
    top = merged(top, atom.top ?? {});
    links = { ...links, ...atom.links };
  }
  const a = withEnvironment(attacker(image, targets), service);
  const b = Object.keys(second).length > 0 && withEnvironment(attacker(image, targets), second);
  top = declared(top, [service, second]);
  const files = {
    'conf/a': 'a',
    'store/b': 'b',
    'data/secret': 'c',
    Dockerfile: `FROM ${image}\nCOPY . /context\n`,
  };
  const base = { services: { a, ...(b ? { b } : {}) }, ...top };
  const app = { files, links };
  switch (disguise) {
    case 'none':
      return { ...app, compose: JSON.stringify(base) };
    case 'extends': {
      const services = {
        a: { extends: { file: 'sub/base.yml', service: 'a' } },
        ...(b ? { b } : {}),
      };
      return {
        ...app,
        compose: JSON.stringify({ services, ...top }),
        files: { ...files, 'sub/base.yml': JSON.stringify({ services: { a } }) },
      };
    }
    case 'include':
      return {
        ...app,
        compose: JSON.stringify({ include: ['sub/base.yml'] }),
        files: { ...files, 'sub/base.yml': JSON.stringify(base) },
      };
    case 'variables': {
      const values: string[] = [];
      const compose = JSON.stringify(base, (_, value: unknown) => {
        if (typeof value !== 'string' || !/^[^'\n$\\]+$/.test(value)) return value;
        values.push(value);
        return `\${V${values.length - 1}}`;
      });
      const lines = values.map((value, index) => `V${index}='${value}'\n`);
      return { ...app, compose, files: { ...files, '.env': lines.join('') } };
    }
  }
}

/**
 * Apps of a few things each, of any kind. Most are refused for one of them, so every other app is made of
 * what is accepted alone, in larger numbers, with at most one thing that is not.
 * @param accepted those that were judged usable alone
 */
export function hostileApps(
  image: string,
  targets: Targets,
  atoms: readonly Atom[],
  accepted: readonly Atom[],
  shareOfAccepted = 50,
): fc.Arbitrary<HostileApp> {
  const pick = (from: readonly Atom[], minLength: number, maxLength: number) =>
    fc.uniqueArray(fc.constantFrom(...from), {
      minLength: Math.min(minLength, from.length),
      maxLength: Math.min(maxLength, from.length),
    });
  return fc
    .tuple(
      fc.oneof(
        { weight: 100 - shareOfAccepted, arbitrary: pick(atoms, 1, 3) },
        ...(shareOfAccepted > 0
          ? [{ weight: shareOfAccepted, arbitrary: pick(accepted, 2, 8) }]
          : []),
      ),
      fc.constantFrom<Disguise>('none', 'none', 'extends', 'include', 'variables'),
    )
    .map(([parts, disguise]) => appOf(image, targets, parts, disguise));
}

/** Lists are joined, maps are merged, anything else is replaced. */
function merged(one: Plain, other: Plain): Plain {
  const result: Record<string, unknown> = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const before = result[key];
    if (Array.isArray(before) && Array.isArray(value)) result[key] = [...before, ...value];
    else if (isMap(before) && isMap(value)) result[key] = { ...before, ...value };
    else result[key] = value;
  }
  return result;
}

/** The aim of the attack stays in the environment, whatever else is put there. */
function withEnvironment(base: Plain, further: Plain): Plain {
  const { environment } = further;
  return {
    ...base,
    ...further,
    ...(isMap(environment)
      ? { environment: { ...(base['environment'] as object), ...environment } }
      : {}),
  };
}

/** Adds an empty declaration of every network, volume, config and secret that is used and not declared. */
function declared(top: Plain, services: readonly Plain[]): Plain {
  let result = top;
  for (const service of services) {
    const volumes = (Array.isArray(service['volumes']) ? service['volumes'] : []).flatMap(
      (volume: unknown) => (typeof volume === 'string' && volume.startsWith('v:') ? ['v'] : []),
    );
    const networks = Array.isArray(service['networks'])
      ? service['networks']
      : Object.keys(service['networks'] ?? {});
    for (const [kind, names] of Object.entries({ volumes, networks })) {
      const known = (result[kind] ?? {}) as Plain;
      const missing = (names as string[]).filter((name) => name !== 'default' && !(name in known));
      if (missing.length > 0)
        result = {
          ...result,
          [kind]: { ...known, ...Object.fromEntries(missing.map((name) => [name, {}])) },
        };
    }
  }
  return result;
}

function isMap(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
