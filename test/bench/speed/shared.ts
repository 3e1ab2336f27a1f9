/** Runs `work` once for all who ask. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}

/** Runs `work` once for two rows: each takes its own share of the figures, in the order of its calls. */
export function shared<T>(work: () => Promise<T>): (row: number) => Promise<T> {
  const kept: T[][] = [[], []];
  return async (row) => {
    const known = kept[row]?.shift();
    if (known !== undefined) return known;
    const result = await work();
    kept[1 - row]?.push(result);
    return result;
  };
}
