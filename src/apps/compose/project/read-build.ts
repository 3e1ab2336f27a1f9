import { readExtraHosts } from './read-hosts';
import type { ComposeBuild } from './compose-project';
import type { Cursor, TemplateReader } from './template-reader';

const KEYS =
  'context dockerfile dockerfile_inline args target labels tags extra_hosts no_cache pull shm_size platforms cache_from cache_to';

/** Whether a build context is fetched from elsewhere: an address or a git repository. */
export function isRemoteContext(context: string): boolean {
  return /^[a-z][a-z0-9+.-]*:|^git@|\.git(#|$)/i.test(context);
}

/** `build:`, a path or a map. */
export function readBuild(
  reader: TemplateReader,
  at: Cursor | null,
  variables: (name: string) => string | undefined,
): ComposeBuild | null {
  if (!at) return null;
  const map = reader.isMap(at);
  if (map) reader.checkKeys(at, KEYS);
  const part = (name: string) => (map ? reader.at(at, name) : null);
  for (const name of ['cache_from', 'cache_to']) reader.withoutEffect(part(name), name);
  const args = new Map<string, string>();
  for (const [name, value] of reader.pairs(part('args'))) {
    const known = value ?? variables(name);
    if (known !== undefined) args.set(name, known);
  }
  return {
    context: contextOf(reader, map ? part('context') : at) ?? reader.located(at, '.'),
    dockerfile: reader.name(part('dockerfile')) ?? 'Dockerfile',
    dockerfileInline: reader.text(part('dockerfile_inline')),
    args,
    target: reader.name(part('target')),
    labels: reader.definedPairs(part('labels')),
    tags: reader.texts(part('tags')),
    extraHosts: readExtraHosts(reader, part('extra_hosts')),
    noCache: reader.boolean(part('no_cache')) ?? false,
    pull: reader.boolean(part('pull')) ?? false,
    shmSize: reader.bytes(part('shm_size')),
    platform: reader.texts(part('platforms'))[0] ?? null,
    path: at.path,
  };
}

/** A folder of the template, or an address elsewhere, which is no path. */
function contextOf(reader: TemplateReader, at: Cursor | null): string | null {
  const context = reader.name(at);
  return context === null || isRemoteContext(context) ? context : reader.path(at);
}
