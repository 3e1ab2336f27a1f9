import type { KeyPath } from './yaml-source';
import type { YamlSource } from './yaml-source';

/** A Compose project's YAML, read from one file or put together from several (`extends`, `include`). */
export interface ComposeSource extends YamlSource {
  /** The file in which a key stands, relative to the app's folder. */
  fileOf(path: KeyPath): string;
  /** What relative paths of a key are relative to: a folder within the app's; '' for the app's own. */
  folderOf(path: KeyPath): string;
}

/** One Compose file on its own. */
export function singleSource(source: YamlSource, file: string): ComposeSource {
  const { data, text } = source;
  const lineOf = (path: KeyPath) => source.lineOf(path);
  return { data, text, lineOf, fileOf: () => file, folderOf: () => '' };
}
