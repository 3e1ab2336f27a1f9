import { bilingual, type Bilingual } from '../i18n/bilingual';

/** A folder of a git repository. */
export interface GitAddress {
  /** Always https, without user, password or query. */
  readonly url: string;
  /** Branch, tag or full commit; empty: the default branch. */
  readonly ref: string;
  /** Below the root of the repository; empty: all of it. */
  readonly folder: string;
}

/** The address, or what is wrong with which part of it. */
export type ReadAddress =
  | { readonly address: GitAddress }
  | { readonly field: keyof GitAddress; readonly problem: Bilingual };

const MAX_URL = 500;
const MAX_REF = 200;
const MAX_FOLDER = 200;
const FULL_COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

const URL_PROBLEM = bilingual(
  '须为 https://主机/路径 形式的 git 地址，不含用户名、密码、查询参数',
  'must be a git address https://host/path, without user, password or query',
);
const REF_PROBLEM = bilingual(
  '须为分支名、标签名或完整的提交编号',
  'must be the name of a branch or tag, or a full commit',
);
const FOLDER_PROBLEM = bilingual(
  '须为仓库内的相对路径，不含 .. 和 .git',
  'must be a path within the repository, without .. and .git',
);

/** `https://host/owner/repo.git#ref:folder`, as Docker names a build context of git; `#…` may be left out. */
export function readGitAddress(text: string): ReadAddress {
  const [, url = '', ref = '', folder = ''] = /^([^#]*)(?:#([^:]*)(?::(.*))?)?$/s.exec(text) ?? [];
  return checkGitAddress({ url, ref, folder });
}

/** Checks the three parts and brings each into its one form. */
export function checkGitAddress({ url, ref, folder }: GitAddress): ReadAddress {
  const plainUrl = plainUrlOf(url);
  if (plainUrl === null) return { field: 'url', problem: URL_PROBLEM };
  if (ref !== '' && !isRef(ref)) return { field: 'ref', problem: REF_PROBLEM };
  const plainFolder = folder.replace(/^(\.?\/)+|\/+$/g, '').normalize('NFC');
  if (plainFolder !== '' && !isFolder(plainFolder))
    return { field: 'folder', problem: FOLDER_PROBLEM };
  return { address: { url: plainUrl, ref, folder: plainFolder } };
}

/** The same text for the same folder of the same repository. */
export function gitAddressText({ url, ref, folder }: GitAddress): string {
  return `${url}${ref || folder ? `#${ref}` : ''}${folder ? `:${folder}` : ''}`;
}

/** Whether `ref` can never mean anything else: it is a commit. */
export function isCommit(ref: string): boolean {
  return FULL_COMMIT.test(ref);
}

function plainUrlOf(text: string): string | null {
  if (text.length > MAX_URL || !/^https:\/\/[^\s\\@?#]+$/i.test(text) || !URL.canParse(text))
    return null;
  const { href, hostname, username, password, pathname, port } = new URL(text);
  const isPlain = /^(\/[A-Za-z0-9._~+%-]+)+\/*$/.test(pathname) && port !== '0';
  if (!isPlain || hostname === '' || username !== '' || password !== '') return null;
  return href.replace(/\/+$/, '');
}

/** The rules of `git check-ref-format`, and no name that could be taken for an option. */
function isRef(ref: string): boolean {
  return (
    ref.length <= MAX_REF &&
    /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_./+@#=-]*$/u.test(ref) &&
    !/\.\.|\/\/|\/\.|@\{|\.lock(\/|$)|[./]$/.test(ref)
  );
}

function isFolder(folder: string): boolean {
  if (folder.length > MAX_FOLDER || /[\p{Cc}\p{Cs}:\\]/u.test(folder)) return false;
  return folder
    .split('/')
    .every((part) => !['', '.', '..'].includes(part) && !/^\.git$/i.test(part));
}
