/** Random unless FUZZ_SEED repeats a run. */
export const SEED = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** Parallel calls depend on timing, not on the seed alone: `npm run test:fuzz` has them, `npm test` has not. */
export const PARALLEL = process.env['FUZZ_PARALLEL'] !== undefined;

/** Requests per operation, and runs of a model; FUZZ_RUNS sets it for a long run. */
export const RUNS = Number(process.env['FUZZ_RUNS'] ?? 15);
