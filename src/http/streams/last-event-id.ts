/** The header's value where it is an id of ours; anything else counts as absent. */
export function lastEventIdOf(header: string | undefined): string | undefined {
  return header !== undefined && /^\d{1,18}$/.test(header) ? header : undefined;
}
