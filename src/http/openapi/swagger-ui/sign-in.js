// The sign-in form above Swagger UI: takes name and plain password, hashes it as the API expects it,
// and fills the token in. Runs in the browser as it is written here.
'use strict';

(() => {
  const TOKEN = 'stackscape-token';
  const SESSION = 'stackscape-session';
  const LANGUAGE = 'stackscape-language';
  const REFRESH_BEFORE_MS = 60_000;
  const SCHEME = 'token';
  const api = `${location.pathname.replace(/\/docs(\/.*)?$/, '')}/api/v1/user`;
  const kept = window.sessionStorage;

  const TEXTS = {
    zh: {
      user: '用户名',
      password: '密码',
      signIn: '登录',
      register: '创建管理员',
      signOut: '退出登录',
      first: '还没有管理员：填写用户名和密码即可创建。',
      hint: '密码在浏览器中计算摘要后才发送。',
      signedIn: (name, admin) => `已登录：${name}（${admin ? '管理员' : '普通用户'}）`,
      failed: '服务器没有响应。',
    },
    en: {
      user: 'User name',
      password: 'Password',
      signIn: 'Sign in',
      register: 'Make the administrator',
      signOut: 'Sign out',
      first: 'There is no administrator yet: choose a name and a password to make one.',
      hint: 'The password is hashed in the browser before it is sent.',
      signedIn: (name, admin) => `Signed in as ${name} (${admin ? 'administrator' : 'user'})`,
      failed: 'The server does not answer.',
    },
  };

  const SETUP = 'stackscape-setup-token';
  const INVITE_CODE_INVALID = 60202;

  // In the fragment of the link that `npm start` prints: no log on the way records it.
  const setupToken = /setup-token=([0-9a-f]+)$/.exec(location.hash)?.[1];
  if (setupToken) {
    kept.setItem(SETUP, setupToken);
    history.replaceState(null, '', location.pathname);
  }

  let language =
    localStorage.getItem(LANGUAGE) ?? (navigator.language.startsWith('zh') ? 'zh' : 'en');
  let account = null;
  let timer;

  const form = element('form', { className: 'stackscape-sign-in' });
  const user = element('input', { name: 'user', autocomplete: 'username', required: true });
  const password = element('input', {
    name: 'password',
    type: 'password',
    autocomplete: 'current-password',
    required: true,
  });
  const userLabel = element('label', {}, element('span'), user);
  const passwordLabel = element('label', {}, element('span'), password);
  const submit = element('button', { className: 'btn' });
  const signOut = element('button', { className: 'btn', type: 'button' });
  const state = element('p', { role: 'status' });
  const choice = element(
    'select',
    { ariaLabel: '语言 / Language' },
    element('option', { value: 'zh', textContent: '中文' }),
    element('option', { value: 'en', textContent: 'English' }),
  );
  form.append(userLabel, passwordLabel, submit, signOut, state, choice);
  document.getElementById('swagger-ui').before(form);

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void enter();
  });
  signOut.addEventListener('click', () => void leave());
  choice.addEventListener('change', () => {
    language = choice.value;
    localStorage.setItem(LANGUAGE, language);
    render();
  });
  // Sent by the hooks of the page: the document is there; a session has ended.
  window.addEventListener('stackscape-ready', () => void resume());
  window.addEventListener('stackscape-signed-out', forget);
  render();

  function element(tag, properties = {}, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  function isFirst() {
    return kept.getItem(SETUP) !== null;
  }

  function render(problem = '') {
    const text = TEXTS[language];
    const anonymous = account === null;
    document.documentElement.lang = language;
    choice.value = language;
    for (const part of [userLabel, passwordLabel, submit]) part.hidden = !anonymous;
    signOut.hidden = anonymous;
    userLabel.firstChild.textContent = text.user;
    passwordLabel.firstChild.textContent = text.password;
    submit.textContent = isFirst() ? text.register : text.signIn;
    signOut.textContent = text.signOut;
    const hint = isFirst() ? text.first : text.hint;
    state.textContent =
      problem || (anonymous ? hint : text.signedIn(account.user_name, account.role === 1));
    state.classList.toggle('problem', problem !== '');
  }

  /** @returns the data of the answer; throws its message */
  async function call(method, path, body, headers = {}) {
    const answer = await fetch(`${api}/${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'accept-language': language, ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    }).catch(() => {
      throw new Error(TEXTS[language].failed);
    });
    const content = await answer.json().catch(() => ({}));
    if (content.code === 20000) return content.data;
    throw Object.assign(new Error(content.msg ?? TEXTS[language].failed), { code: content.code });
  }

  async function enter() {
    submit.disabled = true;
    try {
      const digest = sha256(sha256(password.value));
      const credentials = { user_name: user.value, password: digest };
      if (isFirst()) await register(credentials);
      const session = await call('POST', 'login', credentials);
      password.value = '';
      use({ ...session, user_name: user.value });
    } catch (error) {
      render(error.message);
    } finally {
      submit.disabled = false;
    }
  }

  /** The set-up token of an old link counts for nothing once there is an administrator. */
  async function register(credentials) {
    const headers = { 'setup-token': kept.getItem(SETUP) };
    await call('POST', 'register', credentials, headers).catch((error) => {
      if (error.code !== INVITE_CODE_INVALID) throw error;
    });
    kept.removeItem(SETUP);
  }

  function use(session) {
    account = session;
    kept.setItem(TOKEN, session.access_token);
    const { user_name, role, refresh_token, expired } = session;
    kept.setItem(SESSION, JSON.stringify({ user_name, role, refresh_token, expired }));
    window.ui.preauthorizeApiKey(SCHEME, session.access_token);
    clearTimeout(timer);
    timer = setTimeout(() => void refresh(), Math.max(0, expired - Date.now() - REFRESH_BEFORE_MS));
    render();
  }

  async function refresh() {
    const { refresh_token } = account ?? {};
    if (!refresh_token) return;
    try {
      use({ ...account, ...(await call('POST', 'refresh', { refresh_token })) });
    } catch (error) {
      forget();
      render(error.message);
    }
  }

  async function leave() {
    await call('POST', 'logout', undefined, { token: kept.getItem(TOKEN) }).catch(() => undefined);
    forget();
  }

  function forget() {
    clearTimeout(timer);
    account = null;
    kept.removeItem(TOKEN);
    kept.removeItem(SESSION);
    window.ui.authActions.logout([SCHEME]);
    render();
  }

  /** After a reload of the page. */
  async function resume() {
    const token = kept.getItem(TOKEN);
    if (token === null) return;
    const session = JSON.parse(kept.getItem(SESSION) ?? '{}');
    try {
      if (session.refresh_token && session.expired < Date.now() + REFRESH_BEFORE_MS) {
        account = session;
        await refresh();
      } else {
        const me = await call('GET', 'me', undefined, { token });
        use({ expired: Infinity, ...session, ...me, access_token: token });
      }
    } catch {
      forget();
    }
  }

  /** SHA-256 as lower-case hex. Browsers leave WebCrypto out of pages of plain http. */
  function sha256(message) {
    const bytes = [...new TextEncoder().encode(message)];
    const primes = [];
    for (let n = 2; primes.length < 64; n += 1)
      if (primes.every((prime) => n % prime !== 0)) primes.push(n);
    const fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0;
    const rounds = primes.map((prime) => fraction(Math.cbrt(prime)));
    let hash = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
    const rotated = (word, by) => (word >>> by) | (word << (32 - by));
    const bits = bytes.length * 8;
    bytes.push(0x80);
    while (bytes.length % 64 !== 56) bytes.push(0);
    for (let i = 7; i >= 0; i -= 1) bytes.push(Math.floor(bits / 2 ** (i * 8)) & 255);
    for (let start = 0; start < bytes.length; start += 64) {
      const words = [];
      for (let i = 0; i < 64; i += 1) {
        if (i < 16) {
          const [a, b, c, d] = bytes.slice(start + i * 4, start + i * 4 + 4);
          words.push((a << 24) | (b << 16) | (c << 8) | d);
        } else {
          const [x, y] = [words[i - 15], words[i - 2]];
          const low = rotated(x, 7) ^ rotated(x, 18) ^ (x >>> 3);
          const high = rotated(y, 17) ^ rotated(y, 19) ^ (y >>> 10);
          words.push((words[i - 16] + low + words[i - 7] + high) | 0);
        }
      }
      let [a, b, c, d, e, f, g, h] = hash;
      for (let i = 0; i < 64; i += 1) {
        const high = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
        const first = (h + high + ((e & f) ^ (~e & g)) + rounds[i] + words[i]) | 0;
        const low = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
        const second = (low + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
      }
      hash = [a, b, c, d, e, f, g, h].map((word, i) => (word + hash[i]) | 0);
    }
    return hash.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }
})();
