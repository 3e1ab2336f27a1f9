import { currentRequestId } from '../../platform/logging/request-trace';
import { installedName } from '../compose/template/instance';
import type { Template } from '../compose/template/template';
import type { AppInstallation } from '../installations/installation.entity';
import { UNCLAIMED } from '../installations/leased-rows';

export interface NewInstallation {
  readonly id: string;
  /** With the instance that it is installed as. */
  readonly template: Template;
  /** Sealed for this id. */
  readonly variables: Buffer;
  readonly idempotencyKey?: string | null;
  readonly requestedBy?: string | null;
  readonly node?: string | null;
  /** See {@link AppInstallation.home}. */
  readonly home: string | null;
}

/** The row of an installation that has just been asked for. */
export function newInstallation(given: NewInstallation): AppInstallation {
  const now = new Date();
  return {
    id: given.id,
    appName: installedName(given.template),
    instance: given.template.instance ?? null,
    store: given.template.store,
    node: given.node ?? null,
    home: given.home,
    windowMark: null,
    activeApp: installedName(given.template),
    state: 'queued',
    phase: 'queued',
    progress: 0,
    step: '',
    stopped: false,
    cancelRequested: false,
    removeData: false,
    folderIsNew: false,
    failure: null,
    manifest: null,
    variables: given.variables,
    pending: null,
    previous: null,
    templateDigest: given.template.digest,
    version: given.template.metadata.version,
    ...UNCLAIMED,
    attempts: 0,
    idempotencyKey: given.idempotencyKey ?? null,
    requestedBy: given.requestedBy ?? null,
    requestId: currentRequestId() ?? null,
    createdAt: now,
    updatedAt: now,
  };
}
