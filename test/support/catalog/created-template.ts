import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTemplate } from '../../../src/apps/compose/layouts/load-template';
import { prepareProjectFolder } from '../../../src/apps/compose/files/project-folder';
import { resolveTemplate } from '../../../src/apps/compose/policy/resolve-template';
import { EngineProject, type Inspected } from '../engine-project';
import { TemplateFolder } from '../template-folder';

export interface CreatedTemplate {
  /** Inspect result of service `a`. */
  readonly a: Inspected;
  /** The same of every service. */
  readonly all: ReadonlyMap<string, Inspected>;
  readonly dir: string;
  readonly prefix: string;
}

/**
 * Returns a function that creates a template on the real engine, passes on the inspect results and removes
 * it again. `IMAGE` in the template's files stands for `image`.
 */
export function createsOnEngine(image: string) {
  const unique = randomBytes(4).toString('hex');
  return async (
    compose: string,
    check: (created: CreatedTemplate) => void | Promise<void>,
    options: { trusted?: boolean; files?: Record<string, string>; start?: boolean } = {},
  ): Promise<void> => {
    const prefix = `k${unique}-${randomBytes(2).toString('hex')}-`;
    const files = Object.entries({ 'compose.yaml': compose, ...options.files });
    const folder = await TemplateFolder.make(
      Object.fromEntries(files.map(([path, text]) => [path, text.replaceAll('IMAGE', image)])),
    );
    const dir = await mkdtemp(join(tmpdir(), 'keys-project-'));
    try {
      const template = await loadTemplate(folder.path, {
        name: 'app',
        trusted: options.trusted ?? false,
      });
      const input = { prefix, sharedNetwork: `${prefix}shared`, gpu: true };
      const app = resolveTemplate(template, input);
      expect(app.problems.filter(({ kind }) => kind !== 'note')).toEqual([]);
      await prepareProjectFolder(template, app, dir);
      const leases = Object.fromEntries(app.ports.map(({ key }, n) => [key, 31_000 + n]));
      const project = new EngineProject(app, leases, {
        installationId: unique,
        projectDir: dir,
        bindAddress: '127.0.0.1',
        databaseBindAddress: '127.0.0.1',
      });
      try {
        const all = await project.create();
        if (options.start) await project.start();
        const a = all.get('a');
        if (!a) throw new Error('no service a');
        await check({ a, all, dir, prefix });
      } finally {
        await project.remove();
      }
    } finally {
      await folder.remove();
      await rm(dir, { recursive: true, force: true });
    }
  };
}
