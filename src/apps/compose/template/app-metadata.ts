import type { Bilingual } from '../../../platform/i18n/bilingual';
import type { VariableDefinition } from './variable-definition';

/** What `app.json`, `variables.json` or `x-casaos` say about an app; see docs/catalog.md. */
export interface AppMetadata {
  readonly title: Bilingual;
  readonly description: Bilingual | null;
  /** What to know before installing it. */
  readonly tips: Bilingual | null;
  readonly category: string;
  readonly version: string | null;
  readonly website: string | null;
  readonly documentation: string | null;
  readonly license: string | null;
  readonly icon: string | null;
  readonly main: {
    readonly service: string | null;
    readonly port: number | null;
    readonly scheme: 'http' | 'https' | 'tcp';
    /** Where its pages begin; null: at the root. */
    readonly path: string | null;
  } | null;
  readonly database: { readonly service: string; readonly port: number } | null;
  readonly health: { readonly path: string; readonly seconds: number } | null;
  readonly requirements: {
    /** Bytes. */
    readonly memory: number | null;
    readonly disk: number | null;
    readonly architectures: readonly string[];
  };
  readonly login: {
    readonly user: string | null;
    readonly passwordVariable: string | null;
    readonly path: string | null;
  } | null;
  readonly variables: readonly VariableDefinition[];
  /** Versions of the main image that may be chosen (`W9_VERSION`), newest first. */
  readonly versions: readonly string[];
  readonly hostFiles: Readonly<Record<string, readonly string[]>>;
}

/** Category of an app whose template names no known one. */
export const OTHER_CATEGORY = 'other';

/** Categories of our own catalog and their titles. */
export const categoryTitles: Readonly<Record<string, Bilingual>> = {
  analytics: { zh: '数据分析', en: 'Analytics' },
  automation: { zh: '自动化', en: 'Automation' },
  communication: { zh: '沟通协作', en: 'Communication' },
  database: { zh: '数据库', en: 'Databases' },
  development: { zh: '软件开发', en: 'Development' },
  knowledge: { zh: '知识管理', en: 'Knowledge' },
  laboratory: { zh: '实验室', en: 'Laboratory' },
  media: { zh: '多媒体', en: 'Media' },
  monitoring: { zh: '监控', en: 'Monitoring' },
  network: { zh: '网络', en: 'Network' },
  notebook: { zh: '计算笔记本', en: 'Notebooks' },
  project: { zh: '项目管理', en: 'Projects' },
  security: { zh: '安全', en: 'Security' },
  storage: { zh: '存储', en: 'Storage' },
  tool: { zh: '工具', en: 'Tools' },
  website: { zh: '建站', en: 'Websites' },
  [OTHER_CATEGORY]: { zh: '其他', en: 'Other' },
};

/** Metadata of a template that says nothing about itself. */
export function defaultMetadata(name: string): AppMetadata {
  return {
    title: { zh: name, en: name },
    description: null,
    tips: null,
    category: OTHER_CATEGORY,
    version: null,
    website: null,
    documentation: null,
    license: null,
    icon: null,
    main: null,
    database: null,
    health: null,
    requirements: { memory: null, disk: null, architectures: [] },
    login: null,
    variables: [],
    versions: [],
    hostFiles: {},
  };
}
