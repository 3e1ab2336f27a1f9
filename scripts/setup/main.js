'use strict';

const { note, say, step, SetupError, text } = require('./console');
const { installSystemPackages } = require('./system-packages');
const { installNpmPackages } = require('./npm-packages');
const { build } = require('./build');

async function main() {
  const started = Date.now();
  step(1, 4, text('检查 Node.js', 'Checking Node.js'));
  note(`Node.js ${process.versions.node}`);
  step(2, 4, text('检查系统软件包', 'Checking system packages'));
  const byHand = await installSystemPackages();
  step(3, 4, text('检查 npm 软件包', 'Checking npm packages'));
  await installNpmPackages();
  step(4, 4, text('构建', 'Building'));
  await build();
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (byHand.length > 0) {
    say(
      text(
        `\n完成（${seconds} 秒），但还有需要手动安装的软件（见上文）。`,
        `\nDone in ${seconds} s, but some software is left to install by hand (see above).`,
      ),
    );
  } else {
    say(
      text(
        `\n完成（${seconds} 秒）。现在运行：npm start`,
        `\nDone in ${seconds} s. Next: npm start`,
      ),
    );
  }
}

main().catch((error) => {
  const message = error instanceof SetupError ? error.message : (error.stack ?? String(error));
  process.stderr.write(`\n${text('安装失败：', 'Setup failed: ')}${message}\n`);
  process.exitCode = 1;
});
