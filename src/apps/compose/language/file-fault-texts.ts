import { bilingual, type Bilingual } from '../../../platform/i18n/bilingual';
import type { FileFault } from './safe-files';

/** What is wrong with a file of a template. */
export const fileFaultMessages: Readonly<Record<FileFault, Bilingual>> = {
  missing: bilingual('文件不存在', 'the file does not exist'),
  'outside-folder': bilingual(
    '路径或链接指向应用目录之外',
    'the path or link leads out of the app’s folder',
  ),
  'too-large': bilingual('文件过大', 'the file is too large'),
  'not-utf8': bilingual('文件不是 UTF-8 文本', 'the file is not UTF-8 text'),
  unreadable: bilingual('文件无法读取', 'the file cannot be read'),
};
