import type { ComposeSource } from '../language/compose-source';
import type { KeyPath } from '../language/yaml-source';
import { isMapping } from '../language/plain-data';
import type { YamlSource } from '../language/yaml-source';

/** One Compose file of a project. */
export interface ComposeDocument {
  /** Relative to the app's folder. */
  readonly file: string;
  /** What its relative paths are relative to; '' for the app's own folder. */
  readonly folder: string;
  readonly source: YamlSource;
}

/** Where a value stands as it was written. */
export interface SourceLocation {
  readonly document: ComposeDocument;
  readonly path: KeyPath;
}

/**
 * A value of the composed project that still knows where it was written: `authored` stands as a whole in one
 * file, the others were put together.
 */
export type SourceNode =
  | { readonly kind: 'authored'; readonly value: unknown; readonly location: SourceLocation }
  | {
      readonly kind: 'map';
      readonly entries: ReadonlyMap<string, SourceNode>;
      readonly location: SourceLocation;
    }
  | {
      readonly kind: 'list';
      readonly items: readonly SourceNode[];
      readonly location: SourceLocation;
    };

export function authored(value: unknown, location: SourceLocation): SourceNode {
  return { kind: 'authored', value, location };
}

export function mapOf(
  entries: Iterable<readonly [string, SourceNode]>,
  location: SourceLocation,
): SourceNode {
  return { kind: 'map', entries: new Map(entries), location };
}

export function listOf(items: readonly SourceNode[], location: SourceLocation): SourceNode {
  return { kind: 'list', items, location };
}

export function isMap(node: SourceNode): boolean {
  return node.kind === 'map' || (node.kind === 'authored' && isMapping(node.value));
}

export function isList(node: SourceNode): boolean {
  return node.kind === 'list' || (node.kind === 'authored' && Array.isArray(node.value));
}

/** The entries of a map; none where it is none. */
export function entriesOf(node: SourceNode): [string, SourceNode][] {
  if (node.kind === 'map') return [...node.entries];
  if (node.kind === 'list' || !isMapping(node.value)) return [];
  return Object.entries(node.value).map(([key, value]) => [
    key,
    authored(value, below(node.location, key)),
  ]);
}

/** The items of a list; a single value is a list of one, null an empty one. */
export function itemsOf(node: SourceNode): readonly SourceNode[] {
  if (node.kind === 'list') return node.items;
  const value = dataOf(node);
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) return [node];
  return value.map((item: unknown, index) => authored(item, below(node.location, index)));
}

export function childOf(node: SourceNode, key: string): SourceNode | null {
  if (node.kind === 'map') return node.entries.get(key) ?? null;
  if (node.kind === 'list' || !isMapping(node.value)) return null;
  return Object.hasOwn(node.value, key)
    ? authored(node.value[key], below(node.location, key))
    : null;
}

/** The same map without some keys. */
export function without(node: SourceNode, ...keys: readonly string[]): SourceNode {
  return mapOf(
    entriesOf(node).filter(([key]) => !keys.includes(key)),
    node.location,
  );
}

export function dataOf(node: SourceNode): unknown {
  switch (node.kind) {
    case 'authored':
      return node.value;
    case 'list':
      return node.items.map(dataOf);
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, item]) => [key, dataOf(item)]));
  }
}

/** The composed project as the readers of a Compose file take it. */
export function sourceOf(root: SourceNode, documents: readonly ComposeDocument[]): ComposeSource {
  const locationOf = (path: KeyPath) => find(root, path);
  return {
    data: dataOf(root),
    text: documents.map(({ source }) => source.text).join('\n'),
    lineOf: (path) => {
      const location = locationOf(path);
      return location.document.source.lineOf(location.path);
    },
    fileOf: (path) => locationOf(path).document.file,
    folderOf: (path) => locationOf(path).document.folder,
  };
}

/** Where a key was written, or its nearest ancestor where it was written nowhere. */
function find(root: SourceNode, path: KeyPath): SourceLocation {
  let node = root;
  for (const [index, key] of path.entries()) {
    if (node.kind === 'authored') {
      const { document, path: start } = node.location;
      return { document, path: [...start, ...path.slice(index)] };
    }
    const next: SourceNode | undefined =
      node.kind === 'map' ? node.entries.get(String(key)) : node.items[Number(key)];
    if (!next) return node.location;
    node = next;
  }
  return node.location;
}

function below(location: SourceLocation, key: string | number): SourceLocation {
  return { document: location.document, path: [...location.path, key] };
}
