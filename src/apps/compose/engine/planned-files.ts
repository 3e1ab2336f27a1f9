import { posix } from 'node:path';
import { MAX_SERVICE_FILE_BYTES, type ServiceFile } from '../../../platform/docker/engine-types';
import type { ComposeService } from '../project/compose-project';
import { secretValues, type ResolvedApp } from '../resolve/resolved-app';
import type { EngineContext } from './engine-context';
import { bindOf, fileBind } from './host-config.builder';

/** Whether a Swarm takes a content of so many bytes. */
export function fitsServiceFile(size: number): boolean {
  return size > 0 && size <= MAX_SERVICE_FILE_BYTES;
}

/** A file of the app's folder that a Swarm is to keep and to give to a service. */
export interface PlannedFile extends Omit<ServiceFile, 'id' | 'name' | 'mode'> {
  /** Compose key of the config or secret; of a file of a store's template, its path. */
  readonly key: string;
  /** Absolute path on the server. */
  readonly path: string;
  /** Null: that of the file. */
  readonly mode: number | null;
  /** Bytes; null: the file says. */
  readonly size: number | null;
}

/**
 * Configs and secrets of a service, and the files that its template carries in itself and mounts read-only. One
 * outside the app's folder, which only a trusted template has, stays on the disk of its node.
 */
export function plannedFiles(
  app: ResolvedApp,
  service: ComposeService,
  context: EngineContext,
): PlannedFile[] {
  const secrets = secretValues(app).filter((value) => value !== '');
  const carried = new Map(app.files.map((file) => [resolveIn(context, file.path), file]));
  const ownerOf = (path: string) => carried.get(path)?.owner ?? null;
  const objects = (['configs', 'secrets'] as const).flatMap((kind) =>
    service[kind].map((mount): PlannedFile => {
      const bind = fileBind(app, kind, mount, context);
      const path = sourceOf(bind, mount.target);
      const { content = null } = app.project[kind].get(mount.source) ?? {};
      return {
        kind: kind === 'configs' ? 'config' : 'secret',
        key: mount.source,
        bind,
        path,
        target: mount.target,
        uid: mount.uid ?? String(ownerOf(path)?.uid ?? 0),
        gid: mount.gid ?? String(ownerOf(path)?.gid ?? 0),
        mode: mount.mode,
        size: content === null ? null : Buffer.byteLength(content),
      };
    }),
  );
  const mounts = service.mounts.flatMap((mount): PlannedFile[] => {
    if (mount.type !== 'bind' || !mount.readOnly) return [];
    const bind = bindOf(app, mount, context);
    const path = sourceOf(bind, mount.target);
    const file = carried.get(path);
    const size = Buffer.byteLength(file?.content ?? '');
    if (!file || !fitsServiceFile(size)) return [];
    const isSecret = file.secret || secrets.some((value) => file.content.includes(value));
    return [
      {
        kind: isSecret ? 'secret' : 'config',
        key: file.path,
        bind,
        path,
        target: mount.target,
        uid: String(file.owner?.uid ?? 0),
        gid: String(file.owner?.gid ?? 0),
        mode: null,
        size,
      },
    ];
  });
  const isInside = ({ path }: PlannedFile): boolean => path.startsWith(`${context.projectDir}/`);
  return [...objects, ...mounts].filter(isInside);
}

const resolveIn = ({ projectDir }: EngineContext, path: string): string =>
  posix.resolve(projectDir, path);

/** The source of `source:target:options`. */
function sourceOf(bind: string, target: string): string {
  return bind.slice(0, bind.lastIndexOf(`:${target}:`));
}
