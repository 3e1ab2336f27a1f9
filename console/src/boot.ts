/**
 * Loads the page, and loads it again where its files did not come: a browser whose network changes
 * meanwhile (another Wi-Fi, or a container that starts on the same machine) drops what it waits for.
 */
const KEY = 'stackscape.reloads';
const MAX_RELOADS = 4;
const FIRST_PAUSE_MS = 250;

async function load(): Promise<void> {
  try {
    await import('./main'); // not `.then` on it: Vite would leave the styles of the page out of that
    sessionStorage.removeItem(KEY);
  } catch (error) {
    const reloads = Number(sessionStorage.getItem(KEY));
    if (reloads < MAX_RELOADS) {
      sessionStorage.setItem(KEY, String(reloads + 1));
      setTimeout(() => location.reload(), FIRST_PAUSE_MS * 2 ** reloads);
      return;
    }
    sessionStorage.removeItem(KEY);
    document.getElementById('root')!.textContent =
      '页面文件未能加载，请检查网络后重新加载。 / The files of this page could not be loaded. Check the network and reload.';
    throw error;
  }
}

void load();
