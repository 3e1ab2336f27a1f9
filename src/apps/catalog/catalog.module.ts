import { Module } from '@nestjs/common';
import { CatalogController, CatalogReportController } from './catalog.controller';
import { CatalogService } from './catalog.service';

/** The apps that can be installed: found in folders, checked, searched. */
@Module({
  controllers: [CatalogController, CatalogReportController],
  providers: [CatalogService],
  exports: [CatalogService],
})
export class CatalogModule {}
