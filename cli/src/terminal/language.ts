export type Language = 'zh' | 'en';

/** The wish of the command line, of STACKSCAPE_LANG, of the locale; English unless one says Chinese. */
export function chooseLanguage(argv: readonly string[], env: NodeJS.ProcessEnv): Language {
  const at = argv.indexOf('--lang');
  const wished =
    argv.find((word) => word.startsWith('--lang='))?.slice('--lang='.length) ??
    (at >= 0 ? argv[at + 1] : undefined) ??
    (env['STACKSCAPE_LANG'] || env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || 'en');
  return wished.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}
