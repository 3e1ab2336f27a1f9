import { ApiProperty } from '@nestjs/swagger';
import { bilingual, type Language } from '../../platform/i18n/bilingual';
import { TextField } from '../../http/fields';
import { ApiTime } from '../../http/fields/api-fields';
import { MAX_STORE_NAME } from '../stores/catalog-source';
import type { GitStoreView } from '../stores/git-stores.service';

const STORE_NAME = /^[a-z0-9][a-z0-9_.-]{0,49}$/;
const COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/;
const EXAMPLE_COMMIT = '7fd1a60b01f91b314f59955a4e4d4e80d8edf11d';

export class AddGitStoreDto {
  @TextField({
    maxLength: 500,
    description: 'https, without user or password: only public repositories can be read',
    example: 'https://github.com/Websoft9/docker-library.git',
  })
  url: string;

  @TextField({
    maxLength: 200,
    optional: 'or-empty',
    description: 'branch, tag or full commit; absent: the default branch',
    example: 'main',
  })
  ref?: string;

  @TextField({
    maxLength: 200,
    optional: 'or-empty',
    description: 'folder of the repository that is the catalog; absent: all of it',
    example: 'library',
  })
  folder?: string;

  @TextField({
    maxLength: MAX_STORE_NAME,
    pattern: STORE_NAME,
    rule: bilingual(
      '须为小写字母、数字和 _.-，以字母或数字开头，最多 50 个字符',
      'must be lower-case letters, digits and _.-, a letter or digit first, at most 50',
    ),
    optional: 'or-empty',
    description: 'its name as a store; absent: the name of the repository',
    example: 'docker-library',
  })
  name?: string;
}

export class GitStoreParamDto {
  @TextField({ maxLength: 64, description: 'name of the store', example: 'docker-library' })
  store: string;
}

export class TakeUpdateDto {
  @TextField({
    minLength: 40,
    maxLength: 64,
    pattern: COMMIT,
    rule: bilingual('须为完整的提交编号', 'must be a full commit'),
    description: 'the commit of `update`, whose changes were seen',
    example: EXAMPLE_COMMIT,
  })
  commit: string;
}

export class GitStoreUpdateDto {
  @ApiProperty({ type: 'string', example: EXAMPLE_COMMIT })
  commit: string;

  @ApiProperty({ type: [String], example: ['wiki'], description: 'apps that come' })
  added: string[];

  @ApiProperty({ type: [String], description: 'apps that go; installed ones stay' })
  removed: string[];

  @ApiProperty({ type: [String], description: 'apps of which any file differs' })
  changed: string[];
}

export class GitStoreDto {
  @ApiProperty({ type: 'string', example: 'docker-library', description: 'its name as a store' })
  name: string;

  @ApiProperty({ type: 'string', example: 'https://github.com/Websoft9/docker-library.git' })
  url: string;

  @ApiProperty({ type: 'string', nullable: true, description: 'null: the default branch' })
  ref: string | null;

  @ApiProperty({ type: 'string', nullable: true, description: 'null: all of the repository' })
  folder: string | null;

  @ApiProperty({
    type: 'boolean',
    description: 'the policy lets everything of it pass: only the settings can say so',
  })
  trusted: boolean;

  @ApiProperty({ type: 'boolean', description: 'named in CATALOG_PATHS' })
  inSettings: boolean;

  @ApiProperty({
    type: 'string',
    nullable: true,
    example: EXAMPLE_COMMIT,
    description: 'the commit in use; null: nothing was fetched yet',
  })
  commit: string | null;

  @ApiTime('when the commit in use was taken', true)
  takenAt: number | null;

  @ApiTime('when the git server was last asked', true)
  checkedAt: number | null;

  @ApiProperty({ type: 'boolean', description: 'it is being fetched, or will be at once' })
  busy: boolean;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'why the last look failed; the commit in use stays',
  })
  failure: string | null;

  @ApiProperty({
    type: GitStoreUpdateDto,
    nullable: true,
    description: 'a newer commit that can be taken, and what it would change',
  })
  update: GitStoreUpdateDto | null;
}

export function toGitStoreDto(
  { name, row, trusted, inSettings, busy, failure, changes }: GitStoreView,
  language: Language,
): GitStoreDto {
  return {
    name,
    url: row.url,
    ref: row.ref || null,
    folder: row.folder || null,
    trusted,
    inSettings,
    commit: row.commitId,
    takenAt: row.takenAt?.getTime() ?? null,
    checkedAt: row.checkedAt?.getTime() ?? null,
    busy,
    failure: failure?.[language] ?? null,
    update:
      row.newerId && changes
        ? {
            commit: row.newerId,
            added: [...changes.added],
            removed: [...changes.removed],
            changed: [...changes.changed],
          }
        : null,
  };
}
