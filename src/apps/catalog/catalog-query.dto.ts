import { EnumField, TextField } from '../../http/fields';
import { PageQueryDto } from '../../http/fields/paging';
import { categoryTitles } from '../compose/template/app-metadata';

export const VERDICTS = ['usable', 'forbidden', 'broken', 'unsupported', 'needs-hardware'] as const;

export class CatalogueQueryDto extends PageQueryDto {
  @TextField({
    maxLength: 100,
    optional: 'or-empty',
    description: 'words of name, title or description, in Chinese or English',
    example: 'wiki',
  })
  search?: string;

  @EnumField({ values: Object.keys(categoryTitles), enumName: 'AppCategory', optional: 'or-empty' })
  category?: string;

  @EnumField({
    values: [...VERDICTS, 'all'],
    enumName: 'AppVerdictFilter',
    optional: 'or-empty',
    default: 'usable',
    description: 'which apps to list; those that cannot be installed only when asked for',
  })
  verdict?: (typeof VERDICTS)[number] | 'all';
}

export class CatalogueReportQueryDto extends PageQueryDto {
  @EnumField({
    values: [...VERDICTS, 'all'],
    enumName: 'AppVerdictFilter',
    optional: 'or-empty',
    default: 'all',
    description: 'apps of which verdict',
  })
  verdict?: (typeof VERDICTS)[number] | 'all';

  @TextField({
    maxLength: 64,
    optional: 'or-empty',
    description: 'apps of which store',
    example: 'stackscape',
  })
  store?: string;
}

export class AppNameParamDto {
  @TextField({
    maxLength: 127,
    description: 'name of the app; `store/app` (the slash as `%2F`) takes the one of that store',
    example: 'redmine',
  })
  appName: string;
}
