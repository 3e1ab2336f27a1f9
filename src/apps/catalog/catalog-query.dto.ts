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

export class AppNameParamDto {
  @TextField({ maxLength: 64, description: 'name of the app', example: 'redmine' })
  appName: string;
}
