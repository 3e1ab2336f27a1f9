import { createServer } from 'node:net';
import { OperatorError } from '../platform/errors/operator-error';
import { bilingual, type Bilingual } from '../platform/i18n/bilingual';

/** @throws OperatorError with the reason when the server could not listen at that address */
export async function requireListenable(host: string, port: number): Promise<void> {
  if (port === 0) return;
  const code = await tryToListen(host, port);
  if (code !== null) throw new OperatorError(await reasonOf(code, host, port));
}

async function reasonOf(code: string, host: string, port: number): Promise<Bilingual> {
  if (code === 'EADDRINUSE' && (await isOurServer(port)))
    return bilingual(
      `端口 ${port} 上已经有一个 StackScape 在运行：http://localhost:${port}/docs 。如需再启动一个，请设置另一个 PORT 和 DATA_DIR。`,
      `A StackScape server is already running: http://localhost:${port}/docs. To start another one, set another PORT and DATA_DIR.`,
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

async function isOurServer(port: number): Promise<boolean> {
  const url = `http://127.0.0.1:${port}/health/live`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) }).catch(() => null);
  return answer?.ok === true && answer.headers.has('x-request-id');
}
