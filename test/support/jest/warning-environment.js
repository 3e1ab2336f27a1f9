'use strict';

const NodeEnvironment = require('jest-environment-node').default;

/** Hands the warnings of the process to the tests, whose own `process` is a copy that hears of none. */
module.exports = class WarningEnvironment extends NodeEnvironment {
  async setup() {
    await super.setup();
    this.global.processWarnings = [];
    this.note = (warning) => this.global.processWarnings.push(warning);
    process.on('warning', this.note);
  }

  async teardown() {
    process.off('warning', this.note);
    await super.teardown();
  }
};
