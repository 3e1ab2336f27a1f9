import {
  TooFewConfirmedRecordsError,
  TrainingFailedError,
  TrainingUnderWayError,
} from './training.errors';
import { ModelNotFoundError, NoModelInUseError } from '../model-store/model.errors';
import { Get, Param, Post, Query, Req } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AdminOnly, Authenticated } from '../../http/access/access-rule';
import { CurrentUser } from '../../http/access/current-user';
import { ClientAddress } from '../../auth/addresses/client-addresses';
import { DscapeController } from '../../http/openapi/controllers';
import { Answers, Fails } from '../../http/openapi/envelopes';
import { requestLanguage } from '../../http/request/request-context';
import {
  ModelListDto,
  ModelDto,
  ModelParams,
  ModelSurfaceDto,
  RerunDto,
  RerunQuery,
} from './model.dto';
import { ModelService } from './model.service';

const noModel = new ModelNotFoundError();
const tooFew = new TooFewConfirmedRecordsError({
  records: 3,
  patients: 3,
  positives: 1,
  negatives: 2,
  positivePatients: 1,
  negativePatients: 2,
});

/** Models: list, train, activate, run again. Research use only. */
@DscapeController('compute/models', 'Models')
export class ModelController {
  constructor(private readonly models: ModelService) {}

  @Get()
  @Authenticated()
  @ApiOperation({
    operationId: 'listModels',
    summary:
      'Models with parameters, sources and limits; new files in the folder are found / 模型列表',
  })
  @Answers(ModelListDto)
  list(@CurrentUser() user: CurrentUser, @Req() request: FastifyRequest): Promise<ModelListDto> {
    return this.models.list(user, requestLanguage(request));
  }

  @Get(':id/surface')
  @Authenticated()
  @ApiOperation({
    operationId: 'modelSurface',
    summary: 'Probability over fragment length and CpG sites, for a heat map / 概率热图',
  })
  @Answers(ModelSurfaceDto)
  @Fails(noModel)
  surface(@Param() { id }: ModelParams): Promise<ModelSurfaceDto> {
    return this.models.surface(id);
  }

  @Post('train')
  @AdminOnly()
  @ApiOperation({
    operationId: 'trainModel',
    summary:
      'Train ridge logistic regression on the confirmed records; never activated by itself / 训练模型',
  })
  @Answers(ModelDto)
  @Fails(
    tooFew,
    new TrainingFailedError(null),
    new TrainingUnderWayError(),
    new NoModelInUseError(),
  )
  train(
    @CurrentUser() admin: CurrentUser,
    @ClientAddress() address: string,
    @Req() request: FastifyRequest,
  ): Promise<ModelDto> {
    return this.models.train(admin, address, requestLanguage(request));
  }

  @Post(':id/activate')
  @AdminOnly()
  @ApiOperation({
    operationId: 'activateModel',
    summary: 'Use this model for new computations / 启用模型',
  })
  @Answers(ModelDto)
  @Fails(noModel)
  activate(
    @CurrentUser() admin: CurrentUser,
    @Param() { id }: ModelParams,
    @ClientAddress() address: string,
    @Req() request: FastifyRequest,
  ): Promise<ModelDto> {
    return this.models.activate(admin, id, address, requestLanguage(request));
  }

  @Post(':id/rerun')
  @AdminOnly()
  @ApiOperation({
    operationId: 'rerunModel',
    summary: 'Compute old records again with this model; the old results stay / 用该模型重新计算',
  })
  @Answers(RerunDto)
  @Fails(noModel)
  rerun(
    @CurrentUser() admin: CurrentUser,
    @Param() { id }: ModelParams,
    @Query() { uid }: RerunQuery,
    @ClientAddress() address: string,
  ): Promise<RerunDto> {
    return this.models.rerun(admin, id, uid ?? null, address);
  }
}
