export interface TestServices {
  stop(): Promise<void>;
}

/**
 * The services of this test run, kept on the global object of the main process: Jest loads setup
 * and teardown as separate modules, and a second project's setup must find the first one's work.
 */
export const servicesOfThisRun = {
  get current(): Promise<TestServices> | undefined {
    return holder()[key];
  },
  set current(services: Promise<TestServices> | undefined) {
    holder()[key] = services;
  },
};

const key = Symbol.for('stackscape.test-services');

function holder(): { [key]?: Promise<TestServices> } {
  return globalThis as { [key]?: Promise<TestServices> };
}
