// Four sizes of test. Unit tests stand beside the source and need no service; the others talk to a
// real database, Redis, Docker Engine and registry, which test/support/global-setup.ts brings up.
const common = {
  testEnvironment: '<rootDir>/test/support/jest/warning-environment.js',
  setupFilesAfterEnv: [
    '<rootDir>/test/support/jest/fail-on-leaks.ts',
    '<rootDir>/test/support/jest/patient-limit.ts',
  ],
  transform: { '^.+\\.[jt]s$': '@swc/jest' },
  transformIgnorePatterns: ['/node_modules/(?!content-disposition/)'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  // The sources of the packages import each other by the names that they have once compiled.
  moduleNameMapper: { '^(\\.{1,2}/.+)\\.js$': ['$1', '$1.js'] },
  modulePathIgnorePatterns: [
    '<rootDir>/(client/|cli/)?dist/',
    '<rootDir>/.tmp/',
    '<rootDir>/.data/',
  ],
};
const withServices = {
  ...common,
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
};

/** @type {import('jest').Config} */
module.exports = {
  reporters: ['default', '<rootDir>/test/support/jest/closing-line-reporter.js'],
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/{src,scripts,test/structure}/**/*.spec.ts',
        '<rootDir>/{client,cli}/{src,test}/**/*.spec.ts',
      ],
    },
    {
      ...withServices,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/integration/**/*.spec.ts'],
    },
    {
      ...withServices,
      displayName: 'contract',
      testMatch: ['<rootDir>/test/contract/**/*.spec.ts'],
    },
    { ...withServices, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.spec.ts'] },
    // Random, with a printed seed; FUZZ_RUNS and FUZZ_SEED set length and seed.
    { ...withServices, displayName: 'fuzz', testMatch: ['<rootDir>/test/fuzz/**/*.spec.ts'] },
    // The short form of the storm of faults; CHAOS_FAULTS and CHAOS_SEED set length and seed.
    {
      ...withServices,
      displayName: 'storm',
      testMatch: ['<rootDir>/test/chaos/storm/*.spec.ts'],
    },
    // Too long for `npm test`: `npm run test:faults`.
    { ...withServices, displayName: 'faults', testMatch: ['<rootDir>/test/faults/*.spec.ts'] },
    // Not a test: `npm run examples` records the examples of the OpenAPI document.
    { ...withServices, displayName: 'examples', testMatch: ['<rootDir>/test/examples/*.spec.ts'] },
    // Not part of `npm test`: minutes of killing and restarting, and figures that depend on the machine.
    { ...withServices, displayName: 'chaos', testMatch: ['<rootDir>/test/chaos/*.spec.ts'] },
    // Three engines in network namespaces of their own, as root: `npm run test:swarm`.
    { ...withServices, displayName: 'swarm', testMatch: ['<rootDir>/test/swarm/*.spec.ts'] },
    // The tests of `test/integration/apps` once more, in that Swarm: `npm run test:swarm-apps`.
    {
      ...withServices,
      globalSetup: '<rootDir>/test/support/swarm/global-setup.ts',
      displayName: 'swarm-apps',
      testMatch: ['<rootDir>/test/integration/apps/**/*.spec.ts'],
    },
    // Operations on apps while engines, links and processes fail; SWARM_STORM_… set its size: `npm run test:swarm-storm`.
    {
      ...withServices,
      displayName: 'swarm-storm',
      testMatch: ['<rootDir>/test/swarm/storm/*.spec.ts'],
    },
    // Needs haproxy and the Docker command line: `npm run test:rolling`.
    { ...withServices, displayName: 'rolling', testMatch: ['<rootDir>/test/rolling/*.spec.ts'] },
    // Needs the packages mariadb-server and postgresql: `npm run test:databases`.
    {
      ...withServices,
      displayName: 'databases',
      testMatch: ['<rootDir>/test/databases/*.spec.ts'],
    },
    // Needs openssh-server: `npm run test:remotes`.
    { ...withServices, displayName: 'remotes', testMatch: ['<rootDir>/test/remotes/*.spec.ts'] },
    {
      ...withServices,
      displayName: 'screenshots',
      testMatch: ['<rootDir>/test/screenshots/*.spec.ts'],
    },
    // `npm run test:image` builds the image and runs it; needs debootstrap and Debian's packages.
    { ...common, displayName: 'image', testMatch: ['<rootDir>/test/image/*.spec.ts'] },
    { ...withServices, displayName: 'bench', testMatch: ['<rootDir>/test/bench/**/*.bench.ts'] },
  ],
};
