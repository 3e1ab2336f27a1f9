import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';

export type Language = 'zh' | 'en';

/** Picks the text of the language in use. Both are arguments, so a missing one does not compile. */
export type Text = (zh: string, en: string) => string;

interface LanguageChoice {
  readonly language: Language;
  readonly text: Text;
  choose(language: Language): void;
}

const KEY = 'stackscape.language';
const LanguageContext = createContext<LanguageChoice | null>(null);

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(initialLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const value = useMemo<LanguageChoice>(
    () => ({
      language,
      text: (zh, en) => (language === 'zh' ? zh : en),
      choose: (next) => {
        localStorage.setItem(KEY, next);
        setLanguage(next);
      },
    }),
    [language],
  );
  return <LanguageContext value={value}>{children}</LanguageContext>;
}

export function useLanguage(): LanguageChoice {
  const choice = useContext(LanguageContext);
  if (!choice) throw new Error('There is no LanguageProvider above');
  return choice;
}

export function useText(): Text {
  return useLanguage().text;
}

/** The text of a bilingual value of the API. */
export function useBilingual(): (value: { zh: string; en: string }) => string {
  const { language } = useLanguage();
  return (value) => value[language];
}

function initialLanguage(): Language {
  const chosen = localStorage.getItem(KEY);
  if (chosen === 'zh' || chosen === 'en') return chosen;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}
