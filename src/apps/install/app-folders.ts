import { rm } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';

/** The folders of installed apps below the data folder. */
@Injectable()
export class AppFolders {
  /** Gone already counts as done. Files of container users are removed too: the server runs as root. */
  async remove(projectDir: string): Promise<void> {
    await rm(projectDir, { recursive: true, force: true, maxRetries: 3 });
  }
}
