// Whether this Node.js is new enough. In the syntax of 2009, as are the files that load it: an old
// Node.js has to get as far as the message.
'use strict';

var NEEDED = [20, 19];

/** What to do about a Node.js of this version (as `process.versions.node`), or null when it will do. */
function nodeVersionProblem(version) {
  var parts = version.split('.').map(Number);
  if (parts[0] > NEEDED[0] || (parts[0] === NEEDED[0] && parts[1] >= NEEDED[1])) return null;
  var needed = NEEDED.join('.');
  return (
    'StackScape needs Node.js ' +
    needed +
    ' or newer; this is ' +
    version +
    '. ' +
    'Install a newer one (https://nodejs.org), then run the command again.\n' +
    'StackScape 需要 Node.js ' +
    needed +
    ' 或更新版本，当前是 ' +
    version +
    '。' +
    '请安装新版本（https://nodejs.org）后重试。\n'
  );
}

/** Ends the process with status 1 and a sentence when this Node.js is too old. */
function requireNode() {
  var problem = nodeVersionProblem(process.versions.node);
  if (problem === null) return;
  process.stderr.write(problem);
  process.exit(1);
}

module.exports = { nodeVersionProblem: nodeVersionProblem, requireNode: requireNode };
