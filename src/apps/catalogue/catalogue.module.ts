import { Module } from '@nestjs/common';
import { CatalogueController, CatalogueReportController } from './catalogue.controller';
import { CatalogueService } from './catalogue.service';

/** The apps that can be installed: found in folders, judged, searched. */
@Module({
  controllers: [CatalogueController, CatalogueReportController],
  providers: [CatalogueService],
  exports: [CatalogueService],
})
export class CatalogueModule {}
