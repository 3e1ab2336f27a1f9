import { bilingual } from '../../platform/i18n/bilingual';
import { NoModelInUseError } from '../model-store/model.errors';
import { ComputeUserNotFoundError } from '../history/history.errors';
import { CsvRefusedError, ImportedAlreadyError, UploadInterruptedError } from './import.errors';
import type { Readable } from 'node:stream';
import { Param, Post, Query, Req, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiBody, ApiConsumes, ApiOperation } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AdminOnly } from '../../http/access/access-rule';
import { CurrentUser } from '../../http/access/current-user';
import { ClientAddress } from '../../auth/addresses/client-addresses';
import { DscapeController } from '../../http/openapi/controllers';
import { UnreadableRequestError } from '../../http/errors/request.errors';
import { Answers, Fails } from '../../http/openapi/envelopes';
import { requestLanguage } from '../../http/request/request-context';
import { HistoryOwnerParams } from '../history/history.dto';
import { ImportQuery, ImportReportDto, toImportReportDto } from './import.dto';
import { ImportService } from './import.service';

const PATH = 'history/import';

/** Labelled records from outside. */
@DscapeController(PATH, 'History')
export class ImportController implements OnModuleInit {
  constructor(
    private readonly imports: ImportService,
    private readonly host: HttpAdapterHost,
  ) {}

  /** CSV arrives as the stream it is, here and nowhere else. */
  onModuleInit(): void {
    const fastify: FastifyInstance = this.host.httpAdapter.getInstance();
    fastify.addContentTypeParser('text/csv', (request, payload, done) => {
      if (request.routeOptions.url?.endsWith(`${PATH}/:uid`)) done(null, payload);
      else done(new UnreadableRequestError('media-type'));
    });
  }

  @Post(':uid')
  @AdminOnly()
  @ApiConsumes('text/csv')
  @ApiBody({
    schema: { type: 'string' },
    description:
      'UTF-8 CSV with a header line: pid, ctdna, cpg, hcc (true, false, 1, 0) and, if known, time ' +
      '(YYYY-MM-DD HH:mm:ss); further columns are ignored',
  })
  @ApiOperation({
    operationId: 'importHistory',
    summary:
      'Import labelled records from CSV of any length; bad lines are reported / 导入已标注记录',
  })
  @Answers(ImportReportDto)
  @Fails(
    new CsvRefusedError({
      field: 'file',
      message: bilingual('缺少列 hcc', 'has no column hcc'),
    }),
    new UploadInterruptedError(null),
    new ComputeUserNotFoundError(),
    new ImportedAlreadyError(),
    new NoModelInUseError(),
  )
  async import(
    @CurrentUser() admin: CurrentUser,
    @Param() { uid }: HistoryOwnerParams,
    @Query() { again }: ImportQuery,
    @ClientAddress() address: string,
    @Req() request: FastifyRequest,
  ): Promise<ImportReportDto> {
    if (!isStream(request.body)) throw new UnreadableRequestError('media-type');
    const report = await this.imports.import(admin, uid, request.body, again ?? false, address);
    return toImportReportDto(report, requestLanguage(request));
  }
}

function isStream(body: unknown): body is Readable {
  return typeof (body as { pipe?: unknown } | null | undefined)?.pipe === 'function';
}
