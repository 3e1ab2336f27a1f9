declare global {
  /** From `warning-environment.js`. */

  var processWarnings: readonly Error[];
}

// Too many listeners on one target are a leak, or a fan-out that says so with `onAbort`.
afterAll(() => {
  const leaks = processWarnings.filter(({ name }) => name === 'MaxListenersExceededWarning');
  expect(leaks.map(({ stack }) => stack)).toEqual([]);
});
