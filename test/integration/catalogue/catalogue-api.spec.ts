import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CatalogueService } from '../../../src/apps/catalogue/catalogue.service';
import { startTestApp, type TestApp } from '../../support/test-app';

describe('the catalogue', () => {
  let folder: string;
  let sut: TestApp;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'catalogue-api-'));
    await write('apps/lab/docker-compose.yml', 'services:\n  lab:\n    image: lab:1\n');
    await write('apps/redmine/docker-compose.yml', 'services:\n  redmine:\n    image: other:1\n');
    await write(
      'apps/grabby/docker-compose.yml',
      'services:\n  grabby:\n    image: grabby:1\n    volumes:\n      - /var/run/docker.sock:/s\n',
    );
    sut = await startTestApp({ CATALOG_PATHS: `${folder}:${folder}/nowhere` });
  });

  afterAll(async () => {
    await sut.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function write(path: string, text: string): Promise<void> {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  }

  it('reports usable and forbidden apps, shadowed names and folders that cannot be read', async () => {
    const { entries, shadowed, sources } = await sut.app.get(CatalogueService).current();
    expect(entries.get('lab')?.verdict).toBe('usable');
    expect(entries.get('redmine')?.source.builtIn).toBe(true);
    expect(shadowed.map(({ name }) => name)).toEqual(['redmine']);
    expect(sources.map(({ readable }) => readable)).toEqual([true, true, false]);
    const grabby = entries.get('grabby');
    expect(grabby?.verdict).toBe('forbidden');
    expect(grabby?.problems).toMatchObject([
      {
        code: 'docker-socket',
        key: 'services.grabby.volumes.0',
        file: 'docker-compose.yml',
        line: 5,
      },
    ]);
  });

  it('sees a template that is added or changed, at once where it is asked for by name', async () => {
    const service = sut.app.get(CatalogueService);
    expect(await service.find('late')).toBeNull();
    await write('apps/late/docker-compose.yml', 'services:\n  late:\n    image: late:1\n');
    expect((await service.find('late'))?.name).toBe('late');
    const before = (await service.find('late'))?.digest;
    await write('apps/late/docker-compose.yml', 'services:\n  late:\n    image: late:22\n');
    expect((await service.find('late'))?.digest).not.toBe(before);
    await rm(join(folder, 'apps/late'), { recursive: true });
    expect(await service.find('late')).toBeNull();
  });
});
