import { OTHER_CATEGORY } from '../template/app-metadata';

/** The words by which stores sort their apps, in terms of our categories. */
const WORDS: Readonly<Record<string, string>> = {
  analytics: 'analytics bi dashboard dashboards data statistics visualization',
  automation: 'automation home homeautomation iot smart workflow workflows scheduler',
  communication:
    'chat communication email mail forum messaging messenger social newsletter video-conferencing crm support federated',
  database: 'database databases db nosql sql vector cache',
  development:
    'api backend bitcoin crypto cicd ci code developer development devtools git ide low-code no-code nocode registry developers baas headless',
  knowledge:
    'bookmarks books-notes cms-notes document documents documentation knowledge notes productivity wiki office utilities-notes learning education',
  media:
    'audio book books ebook gallery gaming games media music photo photography photos podcast streaming video movies tv recipes',
  monitoring: 'logging logs metrics monitoring observability uptime',
  network: 'dns network networking proxy vpn tunnel wireguard adblock',
  notebook: 'jupyter notebook notebooks',
  project:
    'business erp finance invoice invoicing kanban management project tasks todo time-tracking accounting hr',
  security: 'auth authentication identity password passwords security sso secrets vault',
  storage: 'backup backups cloud file files s3 storage sync file-sharing',
  tool: 'ai downloader featured llm pdf search tool tools torrent translation utilities utility assistant',
  website: 'blog cms ecommerce e-commerce website websites web link-shortener landing shop',
};

const CATEGORIES: ReadonlyMap<string, string> = new Map(
  Object.entries(WORDS).flatMap(([category, words]) =>
    words.split(' ').map((word): [string, string] => [word, category]),
  ),
);

/** The first of a store's categories or tags that we know, in our terms. */
export function categoryOf(names: readonly string[]): string {
  for (const name of names) {
    const whole = name.trim().toLowerCase();
    const found =
      CATEGORIES.get(whole.replace(/\s+/g, '-')) ??
      whole
        .split(/[^a-z0-9]+/)
        .map((word) => CATEGORIES.get(word))
        .find((category) => category !== undefined);
    if (found !== undefined) return found;
  }
  return OTHER_CATEGORY;
}
