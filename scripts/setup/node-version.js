'use strict';

const { note, SetupError, text } = require('./console');

const needed = [20, 19];

function checkNodeVersion() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
    throw new SetupError(
      text(
        `需要 Node.js ${needed.join('.')} 或更新版本，当前是 ${process.versions.node}。`,
        `Node.js ${needed.join('.')} or newer is needed, this is ${process.versions.node}.`,
      ),
    );
  }
  note(`Node.js ${process.versions.node}`);
}

module.exports = { checkNodeVersion };
