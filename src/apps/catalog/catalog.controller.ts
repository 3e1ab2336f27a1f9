import { UnknownAppError } from '../resolver/template.errors';
import { Get, Param, Post, Query, Req } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AdminOnly, Authenticated } from '../../http/access/access-rule';
import { DscapeController } from '../../http/openapi/controllers';
import { Answers, Fails } from '../../http/openapi/envelopes';
import { pageOf } from '../../http/fields/paging';
import { requestLanguage } from '../../http/request/request-context';
import { CatalogService } from './catalog.service';
import { CatalogueAppDetailsDto, CatalogueAppPageDto } from './catalog-app.dto';
import { AppNameParamDto, CatalogueQueryDto, CatalogueReportQueryDto } from './catalog-query.dto';
import { CatalogueReportDto } from './catalog-report.dto';
import { toCatalogAppDetailsDto, toCatalogAppDto, toCatalogReportDto } from './to-catalog-dto';

/** The catalog, for everybody who is signed in. */
@DscapeController('apps', 'Catalog')
export class CatalogController {
  constructor(private readonly catalog: CatalogService) {}

  @Get()
  @Authenticated()
  @ApiOperation({
    summary: 'Search the catalog / 应用目录',
    description:
      'By words of name, title and description in either language, and by category; where nothing matches, apps ' +
      'that are called nearly so. Soon after a start the list may still grow: `loading`.',
  })
  @Answers(CatalogueAppPageDto)
  async listApps(@Query() query: CatalogueQueryDto): Promise<CatalogueAppPageDto> {
    const { page, skip, take } = pageOf(query);
    const { found, loading } = await this.catalog.search(query);
    const items = found.slice(skip, skip + take).map(toCatalogAppDto);
    return { total: found.length, page, limit: take, loading, items };
  }

  @Get(':appName')
  @Authenticated()
  @ApiOperation({ summary: 'One app: images, ports, variables, findings / 应用详情' })
  @Answers(CatalogueAppDetailsDto)
  @Fails(new UnknownAppError('nosuchapp'))
  async getApp(
    @Param() { appName }: AppNameParamDto,
    @Req() request: FastifyRequest,
  ): Promise<CatalogueAppDetailsDto> {
    const { entry, others } = await this.catalog.getEntry(appName);
    return toCatalogAppDetailsDto(entry, others, requestLanguage(request));
  }
}

/** What the catalogs hold and what is wrong in them, for administrators. */
@DscapeController('catalogue', 'Catalog')
export class CatalogReportController {
  constructor(private readonly catalog: CatalogService) {}

  @Get('report')
  @AdminOnly()
  @ApiOperation({
    summary: 'Which apps are usable, forbidden, broken or unsupported, and why / 目录报告',
  })
  @Answers(CatalogueReportDto)
  async catalogueReport(
    @Query() query: CatalogueReportQueryDto,
    @Req() request: FastifyRequest,
  ): Promise<CatalogueReportDto> {
    return toCatalogReportDto(await this.catalog.known(), query, requestLanguage(request));
  }

  @Post('reload')
  @AdminOnly()
  @ApiOperation({ summary: 'Look at the folders now instead of within ten seconds / 重新加载目录' })
  @Answers(CatalogueReportDto)
  async reloadCatalogue(@Req() request: FastifyRequest): Promise<CatalogueReportDto> {
    return toCatalogReportDto(await this.catalog.reload(), {}, requestLanguage(request));
  }
}
