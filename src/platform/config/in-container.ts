import { existsSync } from 'node:fs';

/** Whether this process runs in a container, where forwarded connections may look like local ones. */
export function inContainer(): boolean {
  return (
    existsSync('/.dockerenv') ||
    existsSync('/run/.containerenv') ||
    process.env['KUBERNETES_SERVICE_HOST'] !== undefined
  );
}
