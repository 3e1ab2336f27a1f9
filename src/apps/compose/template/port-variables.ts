import { soleVariable } from '../language/interpolate';
import { hostPartOf } from '../project/read-ports';

/** Variables that alone make up a published port somewhere in a Compose file. */
export function portVariablesOf(data: unknown): Set<string> {
  const names = new Set<string>();
  const services = valueAt(data, 'services');
  for (const service of isObject(services) ? Object.values(services) : []) {
    const ports = valueAt(service, 'ports');
    for (const item of Array.isArray(ports) ? (ports as unknown[]) : []) {
      const text = typeof item === 'string' ? hostPartOf(item) : valueAt(item, 'published');
      const name = typeof text === 'string' ? soleVariable(text) : null;
      if (name !== null) names.add(name);
    }
  }
  return names;
}

function valueAt(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
