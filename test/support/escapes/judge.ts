import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { verdictOf, type AppVerdict } from '../../../src/apps/compose/language/template-problem';
import { loadTemplate } from '../../../src/apps/compose/layouts/load-template';
import { resolveTemplate } from '../../../src/apps/compose/policy/resolve-template';
import type { HostileApp } from './arena';

/** Writes an app's template into an empty folder. */
export async function writeTemplate(
  folder: string,
  { compose, files = {}, links = {} }: HostileApp,
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [path, to] of Object.entries(links)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await symlink(to, join(folder, path));
  }
  for (const [path, text] of Object.entries({ 'docker-compose.yml': compose, ...files })) {
    // What would be written below a link is left out: it would be written where the link leads.
    if (Object.keys(links).some((link) => path === link || path.startsWith(`${link}/`))) continue;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** Gives the verdict of the catalog, without a server. */
export class Judge {
  private constructor(
    private readonly folder: string,
    private readonly prefix: string,
  ) {}

  static async start(prefix: string): Promise<Judge> {
    return new Judge(await mkdtemp(join(tmpdir(), 'judged-')), prefix);
  }

  async verdict(app: HostileApp): Promise<AppVerdict> {
    const path = join(this.folder, 'app');
    await writeTemplate(path, app);
    const template = await loadTemplate(path);
    const { prefix } = this;
    const sharedNetwork = prefix.slice(0, -1);
    return verdictOf(resolveTemplate(template, { prefix, sharedNetwork, gpu: true }).problems);
  }

  close(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
