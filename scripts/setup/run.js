'use strict';

const { spawn } = require('node:child_process');

/**
 * Runs a command to its end and collects what it writes.
 * `onStatus` gets the lines written to file descriptor 3 (apt's machine-readable progress).
 */
function run(command, args, { cwd, env, onStatus } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', onStatus ? 'pipe' : 'ignore'],
    });
    let output = '';
    const collect = (chunk) => {
      output = (output + chunk).slice(-200_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    if (onStatus) {
      let rest = '';
      child.stdio[3].on('data', (chunk) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop();
        lines.forEach(onStatus);
      });
    }
    child.on('error', (error) => resolve({ ok: false, output: `${output}${error.message}` }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}

/** The last lines of an output, to quote in an error message. */
function lastLines(output, count = 8) {
  return output.trimEnd().split('\n').slice(-count).join('\n');
}

module.exports = { run, lastLines };
