import { defaultMetadata, type AppMetadata } from '../template/app-metadata';
import type { StoreLayout } from './store-layout';
import { listAt, textAt, valueAt } from '../language/plain-data';

/** Title, versions and requirements of a Websoft9 `variables.json`. */
export function readVariablesJson(text: string, name: string): AppMetadata {
  const plain = defaultMetadata(name);
  let data: unknown;
  try {
    data = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    // Foreign metadata is optional: the template works without it.
    return plain;
  }
  const trademark = textAt(data, 'trademark') ?? name;
  const editions = listAt(data, 'edition');
  const versions = editions.flatMap((edition) => {
    const one = textAt(edition, 'version');
    const many = listAt(edition, 'version').filter((version) => typeof version === 'string');
    return one === null ? many : [one];
  });
  const requirements = valueAt(data, 'requirements');
  return {
    ...plain,
    title: { zh: trademark, en: trademark },
    versions: [...new Set(versions)],
    requirements: {
      memory: gigabytes(valueAt(requirements, 'memory')),
      disk: gigabytes(valueAt(requirements, 'disk')),
      architectures: [],
    },
  };
}

function gigabytes(value: unknown): number | null {
  const number = Number(value);
  return value !== null && value !== '' && number > 0 ? Math.round(number * 1024 ** 3) : null;
}

/** `<catalog>/apps/<name>/docker-compose.yml` with `.env` and `variables.json`. */
export const websoft9: StoreLayout = {
  name: 'websoft9',
  recognises: (files) => files.has('variables.json'),
  async read({ name, readOptional }) {
    const text = await readOptional('variables.json');
    return text === null ? {} : { metadata: readVariablesJson(text, name) };
  },
};
