const { writeFileSync } = require('node:fs');

/**
 * Ends a run with one plain line that any program can read: `N passed, N failed, N skipped`. Where
 * `FAILED_FILES_LIST` names a file, it gets the paths of the test files that failed, one a line.
 */
module.exports = class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const skipped = results.numPendingTests + results.numTodoTests;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    process.stdout.write(
      `\n${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`,
    );
    const list = process.env.FAILED_FILES_LIST;
    if (!list) return;
    const files = results.testResults.filter((one) => one.numFailingTests > 0 || one.testExecError);
    writeFileSync(list, files.map((one) => `${one.testFilePath}\n`).join(''));
  }
};
