import { Body, Delete, Get, Param, Post, Req } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AuditService } from '../../audit/audit.service';
import { ClientAddress } from '../../auth/addresses/client-addresses';
import { AdminOnly } from '../../http/access/access-rule';
import { CurrentUser } from '../../http/access/current-user';
import { InvalidParameterError } from '../../http/errors/request.errors';
import { DscapeController } from '../../http/openapi/controllers';
import { Answers, AnswersList, AnswersNothing, Fails } from '../../http/openapi/envelopes';
import { requestLanguage } from '../../http/request/request-context';
import { checkGitAddress, gitAddressText, type GitAddress } from '../../platform/git/git-address';
import { GitStoreRunner } from '../stores/git-store-runner';
import { GitStores } from '../stores/git-stores.service';
import {
  NoSuchUpdateError,
  StoreExistsError,
  StoreNameTakenError,
  StoreNotFoundError,
  StoreOfSettingsError,
  TooManyStoresError,
} from '../stores/store.errors';
import {
  AddGitStoreDto,
  GitStoreDto,
  GitStoreParamDto,
  TakeUpdateDto,
  toGitStoreDto,
} from './git-store.dto';

const UNKNOWN = new StoreNotFoundError('nosuch');

/** Git repositories as stores of apps. What is added here is never trusted. */
@DscapeController('catalogue/stores', 'Catalog')
export class GitStoresController {
  constructor(
    private readonly stores: GitStores,
    private readonly runner: GitStoreRunner,
    private readonly audit: AuditService,
  ) {}

  @Get()
  @AdminOnly()
  @ApiOperation({ summary: 'Git stores: commit in use, failures, updates / git 应用源' })
  @AnswersList(GitStoreDto)
  async listGitStores(@Req() request: FastifyRequest): Promise<GitStoreDto[]> {
    const language = requestLanguage(request);
    return (await this.stores.list()).map((store) => toGitStoreDto(store, language));
  }

  @Post()
  @AdminOnly()
  @ApiOperation({
    summary: 'Add a git store; it is fetched in the background / 添加 git 应用源',
    description:
      'Its apps are bound by the policy like those of any store that the settings do not name as trusted.',
  })
  @Answers(GitStoreDto)
  @Fails(
    new StoreExistsError('docker-library'),
    new StoreNameTakenError('docker-library'),
    new TooManyStoresError(50),
  )
  async addGitStore(
    @Body() { url, ref = '', folder = '', name }: AddGitStoreDto,
    @Req() request: FastifyRequest,
    @CurrentUser() user: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<GitStoreDto> {
    const read = checkGitAddress({ url, ref, folder });
    if ('problem' in read)
      throw new InvalidParameterError([{ field: read.field, message: read.problem }]);
    const store = await this.stores.add(read.address, name);
    await this.record('store.added', user, address, store.name, store.address);
    this.runner.wake();
    return toGitStoreDto(store, requestLanguage(request));
  }

  @Post(':store/check')
  @AdminOnly()
  @ApiOperation({
    summary: 'Look for a newer commit and what it would change / 检查 git 应用源的更新',
    description: 'In the background: ask for the list until the store is no longer `busy`.',
  })
  @Answers(GitStoreDto)
  @Fails(UNKNOWN)
  async checkGitStore(
    @Param() { store: name }: GitStoreParamDto,
    @Req() request: FastifyRequest,
  ): Promise<GitStoreDto> {
    const store = await this.stores.request(name);
    this.runner.wake();
    return toGitStoreDto(store, requestLanguage(request));
  }

  @Post(':store/update')
  @AdminOnly()
  @ApiOperation({
    summary: 'Use the newer commit whose changes were shown / 采用 git 应用源的新提交',
    description: 'Installed apps stay as they are until they are upgraded.',
  })
  @Answers(GitStoreDto)
  @Fails(UNKNOWN, new NoSuchUpdateError('docker-library'))
  async updateGitStore(
    @Param() { store: name }: GitStoreParamDto,
    @Body() { commit }: TakeUpdateDto,
    @Req() request: FastifyRequest,
    @CurrentUser() user: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<GitStoreDto> {
    const { before, store } = await this.stores.update(name, commit);
    await this.record('store.updated', user, address, name, store.address, { before, commit });
    return toGitStoreDto(store, requestLanguage(request));
  }

  @Delete(':store')
  @AdminOnly()
  @ApiOperation({ summary: 'Remove a git store; installed apps stay / 移除 git 应用源' })
  @AnswersNothing()
  @Fails(UNKNOWN, new StoreOfSettingsError('docker-library'))
  async removeGitStore(
    @Param() { store: name }: GitStoreParamDto,
    @CurrentUser() user: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<void> {
    const store = await this.stores.remove(name);
    await this.record('store.removed', user, address, name, store.address);
  }

  private async record(
    action: string,
    { uid, name }: CurrentUser,
    address: string,
    store: string,
    git: GitAddress,
    more: Readonly<Record<string, string | null>> = {},
  ): Promise<void> {
    await this.audit.record({
      action,
      actor: { uid, name },
      target: { type: 'store', id: store },
      address,
      details: { repository: gitAddressText(git), ...more },
    });
  }
}
