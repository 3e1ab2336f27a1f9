import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { terminalLanguage } from '../terminal/terminal';

const texts = {
  title: bilingual('StackScape 演示：{url}', 'StackScape demo on {url}'),
  'no-server': bilingual(
    '{url} 没有响应。请先在另一个终端运行 npm start，然后再试。',
    'Nothing answers at {url}. Run npm start in another terminal first, then try again.',
  ),
  'became-admin': bilingual(
    '✔ 注册了第一个账号「{name}」，即管理员；密码保存在 {file}',
    '✔ Registered the first account, "{name}": the administrator. Its password is in {file}',
  ),
  'signed-in': bilingual('✔ 已登录「{name}」', '✔ Signed in as "{name}"'),
  'needs-account': bilingual(
    '管理员已经存在。请用 STACKSCAPE_USER 和 STACKSCAPE_PASSWORD 提供管理员的用户名和密码后再运行演示。',
    'There is an administrator already. Give the name and password of one in STACKSCAPE_USER and STACKSCAPE_PASSWORD, then run the demo again.',
  ),
  'not-admin': bilingual(
    '「{name}」不是管理员，不能安装应用。',
    '"{name}" is not an administrator and cannot install apps.',
  ),
  'app-failed': bilingual('✘ 应用演示未完成：{reason}', '✘ The app part did not work: {reason}'),
  installing: bilingual('✔ {app} 已开始安装，端口 {port}', '✔ Installing {app}, port {port}'),
  'already-there': bilingual(
    '✔ {app} 已经安装，直接使用',
    '✔ {app} is installed already; using it',
  ),
  page: bilingual('✔ {url} 的页面：', '✔ The page at {url}:'),
  submitted: bilingual(
    '✔ 提交 ctDNA {ctdna} bp、CpG {cpg} 个 → p(HCC) = {probability}，推断 {verdict}',
    '✔ Submitted ctDNA {ctdna} bp, {cpg} CpG → p(HCC) = {probability}, inferred {verdict}',
  ),
  history: bilingual(
    '✔ 历史记录（最近 {count} 条，共 {total} 条）：',
    '✔ History (latest {count} of {total}):',
  ),
  'research-only': bilingual('  仅供研究使用', '  Research use only'),
  uninstalled: bilingual(
    '✔ {app} 已卸载，端口已释放',
    '✔ Uninstalled {app}; its port is free again',
  ),
  'verdict-good': bilingual('演示通过，用时 {seconds} 秒。', 'The demo passed in {seconds} s.'),
  'verdict-bad': bilingual('演示失败：{reason}', 'The demo failed: {reason}'),
} satisfies Record<string, Bilingual>;

export type SayKey = keyof typeof texts;

/** The sentence in the terminal's language, with its {places} filled. */
export function sentence(
  key: SayKey,
  values: Readonly<Record<string, string | number>> = {},
): string {
  return texts[key][terminalLanguage].replace(/\{(\w+)\}/g, (_, name: string) =>
    String(values[name] ?? ''),
  );
}

export function say(key: SayKey, values?: Readonly<Record<string, string | number>>): void {
  process.stdout.write(`${sentence(key, values)}\n`);
}
