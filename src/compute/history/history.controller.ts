import { ComputeUserNotFoundError, NotYoursError, RecordNotFoundError } from './history.errors';
import { Readable } from 'node:stream';
import { Delete, Get, Param, Post, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated } from '../../http/access/access-rule';
import { CurrentUser } from '../../http/access/current-user';
import { ChangesByGet } from '../../http/access/changes-by-get';
import { DscapeController } from '../../http/openapi/controllers';
import { RawAnswer } from '../../http/envelope/envelope.adapter';
import { Answers, AnswersList, AnswersNothing, Fails } from '../../http/openapi/envelopes';
import { Settings } from '../../platform/config/settings';
import { ConfirmDto, HistoryOwnerParams, HistoryQueryDto, RecordParams } from './history.dto';
import { RecordDto, toRecordDto } from './record.dto';
import { historyCsv } from './history-csv';
import { HistoryService } from './history.service';

const noUser = new ComputeUserNotFoundError();
const noRecord = new RecordNotFoundError();
const notYours = new NotYoursError();

/** Documented calls of the history. Results are for research use only. */
@DscapeController('history', 'History')
export class HistoryController {
  constructor(
    private readonly history: HistoryService,
    private readonly settings: Settings,
  ) {}

  @Get('query/:uid')
  @Authenticated()
  @ApiOperation({
    operationId: 'queryHistory',
    summary: 'Records of a user, newest first; total in the header x-total-count / 计算记录查询',
  })
  @AnswersList(RecordDto, { total: true })
  @Fails(noUser, notYours)
  async query(
    @CurrentUser() user: CurrentUser,
    @Param() { uid }: HistoryOwnerParams,
    @Query() query: HistoryQueryDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordDto[]> {
    const { total, records } = await this.history.page(user, uid, query);
    void reply.header('x-total-count', String(total));
    return records.map((record) => toRecordDto(record, this.settings.tzDisplay));
  }

  @Get('export/:uid')
  @Authenticated()
  @RawAnswer()
  @ApiOperation({
    operationId: 'exportHistory',
    summary: 'All records of a user as CSV / 导出计算记录',
  })
  @ApiOkResponse({ content: { 'text/csv': { schema: { type: 'string' } } } })
  @Fails(noUser, notYours)
  async export(
    @CurrentUser() user: CurrentUser,
    @Param() { uid }: HistoryOwnerParams,
  ): Promise<StreamableFile> {
    const chunks = await this.history.export(user, uid);
    return new StreamableFile(Readable.from(historyCsv(chunks, this.settings.tzDisplay)), {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="history-${uid}.csv"`,
    });
  }

  @Delete('delete/:rid')
  @Authenticated()
  @ApiOperation({ operationId: 'deleteRecord', summary: 'Delete a record / 删除计算记录' })
  @AnswersNothing()
  @Fails(noRecord, notYours)
  delete(@CurrentUser() user: CurrentUser, @Param() { rid }: RecordParams): Promise<void> {
    return this.history.delete(user, rid);
  }

  @Get('delete/:rid')
  @Authenticated()
  @ChangesByGet()
  @ApiOperation({
    operationId: 'deleteRecordByGet',
    summary: 'Delete a record, by GET / 删除计算记录（GET）',
  })
  @AnswersNothing()
  @Fails(noRecord, notYours)
  deleteByGet(@CurrentUser() user: CurrentUser, @Param() { rid }: RecordParams): Promise<void> {
    return this.history.delete(user, rid);
  }

  @Post('confirm/:rid')
  @Authenticated()
  @ApiOperation({
    operationId: 'confirmRecord',
    summary: 'Set the confirmed diagnosis of the sample, also on its reruns / 登记确诊结果',
  })
  @Answers(RecordDto)
  @Fails(noRecord, notYours)
  async confirm(
    @CurrentUser() user: CurrentUser,
    @Param() { rid }: RecordParams,
    @Query() { hcc }: ConfirmDto,
  ): Promise<RecordDto> {
    return toRecordDto(await this.history.confirm(user, rid, hcc), this.settings.tzDisplay);
  }
}
