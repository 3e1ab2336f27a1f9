import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETUP_TOKEN_HEADER } from '../../src/users/setup-token';

/** The header that lets the first account of a server with this data folder register; none afterwards. */
export function setupTokenHeader(dataDir: string): Record<string, string> {
  const file = join(dataDir, 'secrets', 'setup-token');
  return existsSync(file) ? { [SETUP_TOKEN_HEADER]: readFileSync(file, 'utf8').trim() } : {};
}
