import { Module } from '@nestjs/common';
import { CatalogueController, CatalogueReportController } from './catalog.controller';
import { CatalogueService } from './catalog.service';

/** The apps that can be installed: found in folders, judged, searched. */
@Module({
  controllers: [CatalogueController, CatalogueReportController],
  providers: [CatalogueService],
  exports: [CatalogueService],
})
export class CatalogueModule {}
