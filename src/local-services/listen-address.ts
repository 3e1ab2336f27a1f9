import { createServer } from 'node:net';
import { OperatorError } from '../platform/errors/operator-error';
import { bilingual, type Bilingual } from '../platform/i18n/bilingual';
import { findOwnServer } from './own-server';

/** What the address is wanted for; it decides what to do about a server that has it. */
type Purpose = 'start' | 'restore';

/** @throws OperatorError with the reason when the server could not listen at that address */
export async function requireListenable(
  host: string,
  port: number,
  purpose: Purpose = 'start',
): Promise<void> {
  if (port === 0) return;
  const code = await tryToListen(host, port);
  if (code === null) return;
  const server = code === 'EADDRINUSE' ? await findOwnServer(port) : null;
  throw new OperatorError(
    server === null ? reasonOf(code, host, port, purpose) : inUse[purpose](server),
  );
}

const inUse: Readonly<Record<Purpose, (url: string) => Bilingual>> = {
  start: (url) =>
    bilingual(
      `已经有一个 StackScape 在运行：${url}/docs 。如需再启动一个，请设置另一个 PORT 和 DATA_DIR。`,
      `A StackScape server is already running: ${url}/docs. To start another one, set another PORT and DATA_DIR.`,
    ),
  restore: (url) =>
    bilingual(
      `StackScape 正在运行：${url} 。请先停止它（在 npm start 的终端按 Ctrl-C，或 systemctl stop stackscape），再恢复备份。`,
      `StackScape is running at ${url}. Stop it first (Ctrl-C in the terminal of npm start, or systemctl stop stackscape), then restore.`,
    ),
};

function reasonOf(code: string, host: string, port: number, purpose: Purpose): Bilingual {
  if (code === 'EADDRINUSE' && purpose === 'restore')
    return bilingual(
      `端口 ${port} 被占用，服务器可能仍在运行。请先停止它；如果占用端口的是另一个程序，请用 PORT=0 运行 npm run restore。`,
      `Port ${port} is in use, so the server may still be running. Stop it first; if another program has the port, run npm run restore with PORT=0.`,
    );
  if (code === 'EADDRINUSE')
    return bilingual(
      `端口 ${port} 已被另一个程序占用。请停止它，或用 PORT 指定另一个端口，例如：PORT=3001 npm start`,
      `Port ${port} is taken by another program. Stop it, or choose another port, e.g. PORT=3001 npm start`,
    );
  if (code === 'EACCES')
    return bilingual(
      `没有权限监听端口 ${port}（低于 1024 的端口需要 root）。请用 PORT 指定另一个端口。`,
      `Not permitted to listen on port ${port} (ports below 1024 need root). Choose another PORT.`,
    );
  return bilingual(
    `无法监听 ${host}:${port}（${code}）。请检查 HOST 和 PORT。`,
    `Cannot listen on ${host}:${port} (${code}). Check HOST and PORT.`,
  );
}

/** @returns the error code, or null when listening works */
function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
