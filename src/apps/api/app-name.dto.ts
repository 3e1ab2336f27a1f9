import { instancePattern, MAX_INSTANCE_LENGTH } from '../compose/template/instance';
import { bilingual } from '../../platform/i18n/bilingual';
import { BoolField, TextField } from '../../http/fields';

/** Names of apps become part of container names: nothing else gets further than this. */
export function AppNameField(): PropertyDecorator {
  return TextField({
    maxLength: 63,
    pattern: /^[a-z0-9][a-z0-9_.-]{0,62}$/,
    rule: bilingual(
      '须为小写字母或数字开头，由小写字母、数字、_ . - 组成，最长 63 个字符',
      'must begin with a lower-case letter or digit and consist of those and _ . -, at most 63 characters',
    ),
    description:
      'name of the installation: that of the app in the catalog, for a further instance `app--instance`',
    example: 'redmine',
  });
}

/** A name in the catalog: `app`, or `store/app` for the one of that store. */
export function CatalogNameField(): PropertyDecorator {
  return TextField({
    maxLength: 127,
    pattern: /^([a-z0-9][a-z0-9_.-]{0,62}\/)?[a-z0-9][a-z0-9_.-]{0,62}$/,
    rule: bilingual(
      '须为应用名或“商店/应用名”：小写字母或数字开头，由小写字母、数字、_ . - 组成',
      'must be the name of an app or store/app: a lower-case letter or digit first, then those and _ . -',
    ),
    description: 'name of the app in the catalog; `store/app` takes the one of that store',
    example: 'redmine',
  });
}

/** Which installation of an app beside the first one. */
export function InstanceField(
  description: string,
  optional: 'or-empty' | false,
): PropertyDecorator {
  return TextField({
    maxLength: MAX_INSTANCE_LENGTH,
    pattern: instancePattern,
    rule: bilingual(
      '须由小写字母和数字组成，中间可用单个 - 分隔，最长 32 个字符',
      'must consist of lower-case letters and digits, with single hyphens between them, at most 32 characters',
    ),
    ...(optional ? { optional } : {}),
    description,
    example: 'blog',
  });
}

export class AppNameDto {
  @AppNameField()
  appName: string;
}

export class UninstallAppDto extends AppNameDto {
  @BoolField({
    optional: 'or-empty',
    default: false,
    description: 'also removes the named volumes, the folder and the kept passwords of the app',
  })
  removeData?: boolean;
}

export class UninstallAllDto {
  @BoolField({
    optional: 'or-empty',
    default: false,
    description: 'also removes the data of every app',
  })
  removeData?: boolean;
}
