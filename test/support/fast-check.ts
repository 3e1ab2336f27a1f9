import * as fc from 'fast-check';

/** Random tests draw other values each time; with a seed (`npm test` has one) those of the run that printed it. */
const seed = process.env['FUZZ_SEED'];
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });

export { fc };
