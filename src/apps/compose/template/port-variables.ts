import { soleVariable } from '../language/interpolate';
import { entriesAt, listAt, valueAt } from '../language/plain-data';
import { hostPartOf } from '../project/read-ports';

/** Variables that alone make up a published port somewhere in a Compose file. */
export function portVariablesOf(data: unknown): Set<string> {
  const names = new Set<string>();
  for (const [, service] of entriesAt(data, 'services')) {
    for (const item of listAt(service, 'ports')) {
      const text = typeof item === 'string' ? hostPartOf(item) : valueAt(item, 'published');
      const name = typeof text === 'string' ? soleVariable(text) : null;
      if (name !== null) names.add(name);
    }
  }
  return names;
}
