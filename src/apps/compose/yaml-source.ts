/** A parsed YAML text that still knows on which line each key stands. */
export interface YamlSource {
  /** Plain data with anchors and merge keys resolved; null when the text could not be read. */
  readonly data: unknown;
  readonly text: string;
  /** 1-based line of a key path, of its nearest ancestor where the key itself is not in the text. */
  lineOf(path: readonly (string | number)[]): number | null;
}
