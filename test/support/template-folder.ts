import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A temporary folder of files for tests of templates and catalogs. */
export class TemplateFolder {
  private constructor(readonly path: string) {}

  /** @param files content by path below the folder */
  static async make(
    files: Readonly<Record<string, string | Buffer>> = {},
  ): Promise<TemplateFolder> {
    const folder = new TemplateFolder(await mkdtemp(join(tmpdir(), 'template-')));
    for (const [path, content] of Object.entries(files)) await folder.write(path, content);
    return folder;
  }

  async write(path: string, content: string | Buffer): Promise<void> {
    const file = join(this.path, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
