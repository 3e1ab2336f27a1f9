import type { ComposeSource } from '../language/compose-source';
import type { KeyPath } from '../language/key-path';
import { isMapping } from '../project/template-reader';
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
export interface Place {
  readonly document: ComposeDocument;
  readonly path: KeyPath;
}

/**
 * A value of the composed project that still knows where it was written: `written` stands as a whole in one
 * file, the others were put together.
 */
export type Piece =
  | { readonly kind: 'written'; readonly value: unknown; readonly place: Place }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Piece>; readonly place: Place }
  | { readonly kind: 'list'; readonly items: readonly Piece[]; readonly place: Place };

export function written(value: unknown, place: Place): Piece {
  return { kind: 'written', value, place };
}

export function mapOf(entries: Iterable<readonly [string, Piece]>, place: Place): Piece {
  return { kind: 'map', entries: new Map(entries), place };
}

export function listOf(items: readonly Piece[], place: Place): Piece {
  return { kind: 'list', items, place };
}

export function isMap(piece: Piece): boolean {
  return piece.kind === 'map' || (piece.kind === 'written' && isMapping(piece.value));
}

export function isList(piece: Piece): boolean {
  return piece.kind === 'list' || (piece.kind === 'written' && Array.isArray(piece.value));
}

/** The entries of a map; none where it is none. */
export function entriesOf(piece: Piece): [string, Piece][] {
  if (piece.kind === 'map') return [...piece.entries];
  if (piece.kind === 'list' || !isMapping(piece.value)) return [];
  return Object.entries(piece.value).map(([key, value]) => [
    key,
    written(value, below(piece.place, key)),
  ]);
}

/** The items of a list; a single value is a list of one, null an empty one. */
export function itemsOf(piece: Piece): readonly Piece[] {
  if (piece.kind === 'list') return piece.items;
  const value = dataOf(piece);
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) return [piece];
  return value.map((item: unknown, index) => written(item, below(piece.place, index)));
}

export function childOf(piece: Piece, key: string): Piece | null {
  if (piece.kind === 'map') return piece.entries.get(key) ?? null;
  if (piece.kind === 'list' || !isMapping(piece.value)) return null;
  return Object.hasOwn(piece.value, key)
    ? written(piece.value[key], below(piece.place, key))
    : null;
}

/** The same map without some keys. */
export function without(piece: Piece, ...keys: readonly string[]): Piece {
  return mapOf(
    entriesOf(piece).filter(([key]) => !keys.includes(key)),
    piece.place,
  );
}

export function dataOf(piece: Piece): unknown {
  switch (piece.kind) {
    case 'written':
      return piece.value;
    case 'list':
      return piece.items.map(dataOf);
    case 'map':
      return Object.fromEntries([...piece.entries].map(([key, item]) => [key, dataOf(item)]));
  }
}

/** The composed project as the readers of a Compose file take it. */
export function sourceOf(root: Piece, documents: readonly ComposeDocument[]): ComposeSource {
  const placeOf = (path: KeyPath) => find(root, path);
  return {
    data: dataOf(root),
    text: documents.map(({ source }) => source.text).join('\n'),
    lineOf: (path) => {
      const place = placeOf(path);
      return place.document.source.lineOf(place.path);
    },
    fileOf: (path) => placeOf(path).document.file,
    folderOf: (path) => placeOf(path).document.folder,
  };
}

/** Where a key was written, or its nearest ancestor where it was written nowhere. */
function find(root: Piece, path: KeyPath): Place {
  let piece = root;
  for (const [index, key] of path.entries()) {
    if (piece.kind === 'written') {
      const { document, path: start } = piece.place;
      return { document, path: [...start, ...path.slice(index)] };
    }
    const next: Piece | undefined =
      piece.kind === 'map' ? piece.entries.get(String(key)) : piece.items[Number(key)];
    if (!next) return piece.place;
    piece = next;
  }
  return piece.place;
}

function below(place: Place, key: string | number): Place {
  return { document: place.document, path: [...place.path, key] };
}
