import type { StreamQueryDto } from './stream-query.dto';

/**
 * The id after which a stream goes on: of the header, which a browser sends when it reconnects, or of
 * the query. What is no id of ours counts as absent.
 */
export function lastEventIdOf(
  header: string | undefined,
  { after }: StreamQueryDto,
): string | undefined {
  return header !== undefined && /^\d{1,18}$/.test(header) ? header : after;
}
