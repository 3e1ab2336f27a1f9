import * as fs from 'node:fs';
import * as jsYaml from 'js-yaml';
import * as yaml from 'yaml';
import { syntheticCatalog } from '../../../test/support/catalog/synthetic-catalog';
import { CatalogLoader } from './catalog-loader';

// The real functions, counted.
jest.mock('node:fs', () => {
  const real = jest.requireActual<typeof fs>('node:fs');
  return { ...real, open: jest.fn(real.open), openSync: jest.fn(real.openSync) };
});
jest.mock('js-yaml', () => {
  const real = jest.requireActual<typeof jsYaml>('js-yaml');
  return { ...real, parseEvents: jest.fn(real.parseEvents) };
});
jest.mock('yaml', () => {
  const real = jest.requireActual<typeof yaml>('yaml');
  return { ...real, parseDocument: jest.fn(real.parseDocument) };
});

function openedFiles(): string[] {
  const calls = [...jest.mocked(fs.open).mock.calls, ...jest.mocked(fs.openSync).mock.calls];
  // Jest itself opens files beside these.
  return calls.map(([path]) => String(path)).filter((path) => path.includes('/apps/app'));
}

describe('the work of a load', () => {
  it('reads each file once, parses each Compose file once, and nothing again that has not changed', async () => {
    const apps = 29;
    const folder = await syntheticCatalog(apps);
    try {
      const source = { path: folder.path, trusted: false, builtIn: false, store: 'counted' };
      const loader = new CatalogLoader([source], { prefix: 'p-', sharedNetwork: 'p' });
      const { entries } = await loader.load();
      expect([...entries.values()].filter(({ verdict }) => verdict === 'usable')).toHaveLength(
        apps,
      );
      const opened = openedFiles();
      expect(new Set(opened).size).toBe(opened.length);
      // The Compose file, `.env`, `variables.json`, and the readme, which might repeat a secret of `.env`.
      expect(opened).toHaveLength(4 * apps);
      expect(jsYaml.parseEvents).toHaveBeenCalledTimes(apps);
      expect(yaml.parseDocument).not.toHaveBeenCalled();
      await loader.load();
      expect(openedFiles()).toHaveLength(4 * apps);
      expect(jsYaml.parseEvents).toHaveBeenCalledTimes(apps);
    } finally {
      await folder.remove();
    }
  });

  it('finds the line of what it notes without the whole parser', async () => {
    const folder = await syntheticCatalog(0);
    try {
      const noted = 'services:\n  a:\n    image: a:1\n    cpu_count: 2\n';
      await folder.write('noted/docker-compose.yml', noted);
      const source = { path: folder.path, trusted: false, builtIn: false, store: 'noted' };
      const loader = new CatalogLoader([source], { prefix: 'p-', sharedNetwork: 'p' });
      const { entries } = await loader.load();
      expect(entries.get('noted')?.problems).toMatchObject([{ code: 'without-effect', line: 4 }]);
      expect(yaml.parseDocument).not.toHaveBeenCalled();
    } finally {
      await folder.remove();
    }
  });
});
