import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';

/** A service as docker-compose 1.29 writes it out with all variables filled in. */
export interface ConfiguredService {
  readonly image?: string;
  readonly command?: string | readonly string[];
  readonly entrypoint?: string | readonly string[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly ports?: readonly (string | { readonly target: number })[];
  readonly volumes?: readonly (string | { readonly source?: string; readonly target: string })[];
  readonly depends_on?:
    Readonly<Record<string, { readonly condition: string }>> | readonly string[];
  readonly restart?: string;
  readonly profiles?: readonly string[];
}

/**
 * What docker-compose itself makes of a template: an independent reading to compare ours with.
 * Values win over `.env`, as the process environment does. Services of profiles are left out.
 */
export async function composeConfig(
  folder: string,
  values: Readonly<Record<string, string>>,
): Promise<Record<string, ConfiguredService>> {
  const copy = await mkdtemp(join(tmpdir(), 'compose-config-'));
  try {
    await cp(folder, copy, { recursive: true });
    const { stdout } = await promisify(execFile)(
      'docker-compose',
      ['-p', 'config', '-f', 'docker-compose.yml', 'config'],
      { cwd: copy, env: { PATH: process.env.PATH, ...values } },
    );
    const { services } = parse(stdout) as { services: Record<string, ConfiguredService> };
    return Object.fromEntries(Object.entries(services).filter(([, { profiles }]) => !profiles));
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
