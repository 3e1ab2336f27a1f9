import { BusinessCode } from '../../platform/errors/business-code';
import { DomainError, domainError, type FieldProblem } from '../../platform/errors/domain-error';
import { bilingual } from '../../platform/i18n/bilingual';

export class UnknownAppError extends domainError(
  'not-found',
  (appName: string, near: readonly string[] = []) =>
    near.length > 0
      ? `没有名为 ${appName} 的应用；是否指 ${near.join('、')}？`
      : `没有名为 ${appName} 的应用，请在应用目录中查看可安装的应用。`,
  (appName, near = []) =>
    near.length > 0
      ? `There is no app called ${appName}; did you mean ${near.join(', ')}?`
      : `There is no app called ${appName}; the catalog lists those that can be installed.`,
) {}

/** An app of the catalog has the name that the installation would have. */
export class InstanceNameTakenError extends domainError(
  'conflict',
  (name: string) => `目录中已有名为 ${name} 的应用，请换一个实例名。`,
  (name) => `The catalog has an app called ${name}; choose another name for the instance.`,
) {}

/** The longest of its containers' names is no label of DNS any more. */
export class InstanceNameTooLongError extends domainError(
  'conflict',
  (container: string) =>
    `实例名太长：容器名 ${container} 有 ${container.length} 个字符，最多 63 个，请换一个更短的实例名。`,
  (container) =>
    `The name of the instance is too long: the container ${container} would have ${container.length} characters, 63 are the most; choose a shorter one.`,
) {}

/** The template is refused by policy, broken or uses an unsupported key. */
export class AppNotUsableError extends DomainError {
  constructor(appName: string, problems: readonly FieldProblem[]) {
    const zh = problems.map((p) => `${p.field}：${p.message.zh}`).join('；');
    const en = problems.map((p) => `${p.field}: ${p.message.en}`).join('; ');
    super(
      'conflict',
      bilingual(
        `应用 ${appName} 的模板不能安装：${zh}`,
        `The template of app ${appName} cannot be installed: ${en}`,
      ),
      { details: problems },
    );
  }
}

/** Values for the template's variables were not accepted. */
export class AppVariablesError extends DomainError {
  constructor(problems: readonly FieldProblem[]) {
    const fields = problems.map((p) => p.field).join(', ');
    super('invalid', bilingual(`参数错误：${fields}`, `Invalid parameter: ${fields}`), {
      code: BusinessCode.InvalidParameter,
      details: problems,
    });
  }
}

/** The template changed or went away between the request and the work. */
export class TemplateGoneError extends domainError(
  'conflict',
  (appName: string) => `应用 ${appName} 的模板已不在目录中，安装无法继续。`,
  (appName) =>
    `The template of app ${appName} is no longer in the catalog; the install cannot go on.`,
) {}

/** What was installed is no longer known, and a move changes no version. */
export class VersionNotKeptError extends domainError(
  'conflict',
  (appName: string) =>
    `应用 ${appName} 安装时所用的模板已不存在，移动不会更换版本：请先升级，再移动。`,
  (appName) =>
    `The template that app ${appName} was installed from is not there any more, and a move changes no version: upgrade it first.`,
) {}

/** Read in the middle of a change, files of both states would be taken for one template. */
export class TemplateChangesError extends domainError(
  'conflict',
  (appName: string) => `应用 ${appName} 的模板文件正在被修改，请稍后重试。`,
  (appName) => `The template files of app ${appName} are being changed; try again later.`,
  { retryAfterSeconds: 5 },
) {}
