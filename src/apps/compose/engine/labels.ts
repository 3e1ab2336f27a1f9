/** Labels on every resource that an install makes. They win over a template's own. */
export const ownLabels = {
  /** The installation's id. */
  installation: 'io.stackscape.installation',
  app: 'io.stackscape.app',
  /** Of an installation beside the first one of its app: which one. */
  instance: 'io.stackscape.instance',
  /** `true` for an app of a trusted catalog, to which the policy does not apply. */
  trusted: 'io.stackscape.trusted',
  /** Instead of the others: the backup whose app is tried apart from everything else. */
  trial: 'io.stackscape.trial',
} as const;

/** Whether a label is ours or the Compose command line's: a template cannot set it. */
export function isReservedLabel(name: string): boolean {
  return /^(io\.stackscape|com\.docker)\./.test(name);
}

/** Labels of a template without the reserved ones. */
export function unreserved(
  labels: Iterable<readonly [string, string]> = [],
): Record<string, string> {
  return Object.fromEntries([...labels].filter(([name]) => !isReservedLabel(name)));
}

/** Labels by which the Compose command line recognises a project, its services and their parts. */
export const composeLabels = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  containerNumber: 'com.docker.compose.container-number',
  oneOff: 'com.docker.compose.oneoff',
  configHash: 'com.docker.compose.config-hash',
  version: 'com.docker.compose.version',
  workingDir: 'com.docker.compose.project.working_dir',
  configFiles: 'com.docker.compose.project.config_files',
  dependsOn: 'com.docker.compose.depends_on',
  image: 'com.docker.compose.image',
  network: 'com.docker.compose.network',
  volume: 'com.docker.compose.volume',
} as const;

/** The Compose version in our labels; the command line requires one that it can parse. */
export const COMPOSE_VERSION = '2.24.0';
