import { Module } from '@nestjs/common';
import { GitStoreRunner } from '../stores/git-store-runner';
import { GitStores } from '../stores/git-stores.service';
import { StoreCopies } from '../stores/store-copies';
import { CatalogController, CatalogReportController } from './catalog.controller';
import { CatalogService } from './catalog.service';
import { GitStoresController } from './git-stores.controller';

/** The apps that can be installed: found in folders and git stores, checked, searched. */
@Module({
  controllers: [CatalogController, CatalogReportController, GitStoresController],
  providers: [CatalogService, GitStores, GitStoreRunner, StoreCopies],
  exports: [CatalogService],
})
export class CatalogModule {}
