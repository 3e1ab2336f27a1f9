import type { Settings } from '../../platform/config/settings';
import { risk, type Risk } from './risk';

const unspecified = new Set(['0.0.0.0', '::']);

/** Weak settings of our own. */
export function settingsRisks(
  settings: Pick<
    Settings,
    'host' | 'tlsCert' | 'trustedProxies' | 'corsOrigins' | 'appBind' | 'dbBind' | 'throttleLogin'
  >,
): Risk[] {
  const found: Risk[] = [];
  const loopback = settings.host.startsWith('127.') || settings.host === '::1';
  if (!loopback && !settings.tlsCert && settings.trustedProxies.length === 0) {
    found.push(
      risk(
        'no-tls',
        'TLS_CERT',
        `在 ${settings.host} 上以明文 HTTP 提供服务`,
        `plain HTTP is served on ${settings.host}`,
      ),
    );
  }
  if (settings.corsOrigins.includes('*')) {
    found.push(
      risk('open-cors', 'CORS_ORIGINS', '任何网站都可以调用接口', 'any web site may call the API'),
    );
  }
  const open = (['APP_BIND', 'DB_BIND'] as const).filter((name) =>
    unspecified.has(name === 'APP_BIND' ? settings.appBind : settings.dbBind),
  );
  if (open.length > 0) {
    found.push(
      risk(
        'apps-on-all-addresses',
        open.join(', '),
        '应用的端口发布在所有地址上',
        'the ports of apps are published on all addresses',
        open.includes('DB_BIND') ? 'high' : 'low',
      ),
    );
  }
  if (settings.throttleLogin === null) {
    found.push(
      risk(
        'login-unthrottled',
        'THROTTLE_LOGIN',
        '登录次数不受限制',
        'the number of logins is not limited',
      ),
    );
  }
  return found;
}
