import { createHash } from 'node:crypto';

/**
 * A page that asks an administrator for an access token, fetches the board with it and sends it with
 * every call of the board. The token stays in the tab (sessionStorage).
 */
export function signInPage(boardPath: string): string {
  return `<!doctype html>
<html lang="zh"><meta charset="utf-8"><title>StackScape</title>
<style>body{font:16px system-ui;margin:10vh auto;max-width:36em;padding:0 1em}
input{width:100%;padding:.5em;box-sizing:border-box}button{margin-top:1em;padding:.5em 1em}</style>
<h1>StackScape · 队列 / Queues</h1>
<p>请粘贴管理员的 access_token（在 <a href="/docs">/docs</a> 中登录获取）。<br>
Paste an administrator's access_token (sign in at <a href="/docs">/docs</a>).</p>
<form><input name="token" autocomplete="off" autofocus><button>OK</button></form><p id="problem"></p>
<script>${scriptOf(boardPath)}</script>
</html>`;
}

/** Source for `script-src` that admits the script of the page. */
export function signInScriptHash(boardPath: string): string {
  return `'sha256-${createHash('sha256').update(scriptOf(boardPath)).digest('base64')}'`;
}

function scriptOf(boardPath: string): string {
  return `
const KEY = 'stackscape-token';
async function open_(token) {
  const answer = await fetch(location.href, { headers: { token, accept: 'text/html' } });
  if (!answer.ok) {
    sessionStorage.removeItem(KEY);
    document.getElementById('problem').textContent =
      answer.status === 403 ? '需要管理员 / an administrator is needed' : 'token 无效或已过期 / not valid or expired';
    return;
  }
  sessionStorage.setItem(KEY, token);
  const send = XMLHttpRequest.prototype.open;
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    send.call(this, method, url, ...rest);
    if (new URL(url, document.baseURI).pathname.startsWith(${JSON.stringify(boardPath)}))
      this.setRequestHeader('token', token);
  };
  const page = await answer.text();
  document.open();
  document.write(page);
  document.close();
}
document.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault();
  void open_(new FormData(event.target).get('token').trim());
});
const kept = sessionStorage.getItem(KEY);
if (kept) void open_(kept);
`;
}
