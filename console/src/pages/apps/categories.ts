import type { Schema } from '@stackscape/client';

/** The categories of the catalog, in the order of the list. */
export const categories: readonly {
  readonly value: Schema<'AppCategory'>;
  readonly zh: string;
  readonly en: string;
}[] = [
  { value: 'analytics', zh: '数据分析', en: 'Analytics' },
  { value: 'automation', zh: '自动化', en: 'Automation' },
  { value: 'communication', zh: '沟通协作', en: 'Communication' },
  { value: 'database', zh: '数据库', en: 'Databases' },
  { value: 'development', zh: '软件开发', en: 'Development' },
  { value: 'knowledge', zh: '知识管理', en: 'Knowledge' },
  { value: 'laboratory', zh: '实验室', en: 'Laboratory' },
  { value: 'media', zh: '多媒体', en: 'Media' },
  { value: 'monitoring', zh: '监控', en: 'Monitoring' },
  { value: 'network', zh: '网络', en: 'Network' },
  { value: 'notebook', zh: '计算笔记本', en: 'Notebooks' },
  { value: 'project', zh: '项目管理', en: 'Projects' },
  { value: 'security', zh: '安全', en: 'Security' },
  { value: 'storage', zh: '存储', en: 'Storage' },
  { value: 'tool', zh: '工具', en: 'Tools' },
  { value: 'website', zh: '建站', en: 'Websites' },
  { value: 'other', zh: '其他', en: 'Other' },
];
