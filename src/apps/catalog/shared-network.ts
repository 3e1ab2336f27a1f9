/** Name of the network that all apps share: the container prefix without its separator. */
export function sharedNetworkOf(containerPrefix: string): string {
  return containerPrefix.replace(/[-_.]+$/, '') || 'apps';
}
