/** The long form of the test of escapes: thousands of templates, every usable one let in through every phase. */
process.env['ESCAPE_RUNS'] ??= '5000';
process.env['ESCAPE_INSTALLS'] ??= '100000';
jest.setTimeout(4 * 60 * 60 * 1000);
// eslint-disable-next-line @typescript-eslint/no-require-imports
require('../integration/catalog/escapes.spec');
