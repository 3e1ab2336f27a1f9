/** Random unless FUZZ_SEED repeats a run. */
export const SEED = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** Requests per operation, and runs of a model; FUZZ_RUNS sets it for a long run. */
export const RUNS = Number(process.env['FUZZ_RUNS'] ?? 15);
