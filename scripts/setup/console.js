'use strict';

const locale = process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || '';
const chinese = locale.toLowerCase().startsWith('zh');

/** The text in the language of the terminal; English unless the locale is Chinese. */
function text(zh, en) {
  return chinese ? zh : en;
}

/** A failure that is explained by its message alone, without a stack. */
class SetupError extends Error {}

function say(line) {
  process.stdout.write(`${line}\n`);
}

function step(number, total, title) {
  say(`[${number}/${total}] ${title}`);
}

/** A line below a step. */
function note(line) {
  say(`      ${line}`);
}

/** Prints a line every five seconds while `work` goes on, so that a long step is seen to be alive. */
async function withHeartbeat(describe, work) {
  const started = Date.now();
  const timer = setInterval(() => {
    note(`… ${Math.round((Date.now() - started) / 1000)} s ${describe()}`.trimEnd());
  }, 5_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

module.exports = { text, SetupError, say, step, note, withHeartbeat };
