import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CatalogLoader } from '../../src/apps/catalog/catalog-loader';
import { CatalogService } from '../../src/apps/catalog/catalog.service';
import { startTestApp } from '../support/test-app';
import { TemplateFolder } from '../support/template-folder';

const app = (image: string): string => `services:\n  web:\n    image: ${image}\n`;

describe('folders of a catalog', () => {
  let folder: TemplateFolder;
  afterEach(() => folder.remove());

  const load = () => {
    const source = { path: folder.path, trusted: false, builtIn: false, store: 'bad' };
    return new CatalogLoader([source], { prefix: 'p-', sharedNetwork: 'p' }).load();
  };

  it('with ten thousand entries load, each app with its own reason', async () => {
    folder = await TemplateFolder.make({ 'apps/good/compose.yaml': app('good:1') });
    for (let n = 0; n < 5_000; n++) {
      await folder.write(`apps/notes${n}.txt`, '');
      await folder.write(`apps/empty${n}/README`, '');
    }
    const { entries } = await load();
    expect(entries.size).toBe(5_001);
    expect(entries.get('good')?.verdict).toBe('usable');
    expect(entries.get('empty4999')?.problems).toMatchObject([{ code: 'no-compose-file' }]);
  });

  it('with too many files in one app refuse that app only', async () => {
    folder = await TemplateFolder.make({
      'apps/good/compose.yaml': app('good:1'),
      'apps/heap/compose.yaml': app('heap:1'),
    });
    for (let n = 0; n < 20_001; n++) await folder.write(`apps/heap/src/f${n}`, '');
    const { entries } = await load();
    expect(entries.get('good')?.verdict).toBe('usable');
    expect(entries.get('heap')).toMatchObject({
      verdict: 'broken',
      problems: [{ code: 'too-many-files' }],
    });
  });

  it('whose files change during the read are never taken half old and half new', async () => {
    folder = await TemplateFolder.make({ 'apps/steady/compose.yaml': app('steady:1') });
    const state = (n: number) => ({
      'docker-compose.yml': `services:\n  web:\n    image: web:\${VERSION}\n    command: at-${n}\n`,
      '.env': `VERSION=${n}\n`,
    });
    const put = async (n: number) => {
      for (const [name, text] of Object.entries(state(n))) {
        const path = join(folder.path, 'apps/moving', name);
        await writeFile(`${path}.new`, text);
        await rename(`${path}.new`, path);
      }
    };
    await folder.write('apps/moving/README', '');
    await put(0);
    const running = await startTestApp({ CATALOG_PATHS: folder.path });
    try {
      const catalog = running.app.get(CatalogService);
      let taken = 0;
      let refused = 0;
      let done = false;
      const changing = (async () => {
        for (let n = 1; !done; n++) await put(n);
      })();
      for (let tries = 0; tries < 15; tries++) {
        const template = await catalog.find('moving').catch((error: Error) => {
          expect(error.message).toContain('being changed');
          refused++;
          return null;
        });
        if (!template) continue;
        taken++;
        const { services } = template.source.data as { services: { web: { command: string } } };
        const version = template.dotEnv.entries.find(({ name }) => name === 'VERSION')?.raw;
        // The Compose file is replaced first: at most it is one ahead.
        expect([Number(version), Number(version) + 1]).toContain(Number(services.web.command.slice(3))); // prettier-ignore
      }
      done = true;
      await changing;
      expect(taken + refused).toBe(15);
      const last = await catalog.find('moving');
      const version = last?.dotEnv.entries.find(({ name }) => name === 'VERSION')?.raw;
      expect(last?.source.data).toMatchObject({ services: { web: { command: `at-${version}` } } });
      expect((await catalog.find('steady'))?.problems).toEqual([]);
    } finally {
      await running.close();
    }
  });
});
