import { BullModule } from '@nestjs/bull';
import { Module } from '@nestjs/common';
import { CatalogModule } from './catalog/catalog.module';
import { CatalogService } from './catalog/catalog.service';
import { AppAudit } from './api/app-audit';
import { AppRepair } from './drift/app-repair';
import { DriftController } from './api/drift.controller';
import { DriftReport } from './drift/drift-report';
import { DriftService } from './drift/drift.service';
import { LeftoverAdoption } from './drift/leftover-adoption';
import { LifecycleController } from './api/lifecycle.controller';
import { LifecycleService } from './lifecycle/lifecycle.service';
import { UpgradeService } from './lifecycle/upgrade.service';
import { UninstallPlanService } from './lifecycle/uninstall-plan.service';
import { PlannedImages } from './preflight/planned-images';
import { PreflightService } from './preflight/preflight.service';
import { RegistryManifests } from './preflight/registry-manifests';
import { EventFeed } from './progress/event-feed';
import { Upgrader } from './install/upgrader';
import { AppFolders } from './install/app-folders';
import { AppResolver } from './resolver/app-resolver';
import { EngineEffects } from './install/engine-effects';
import { NetworkMaker } from './engine/network-maker';
import { ImageProvider } from './install/image-provider';
import { InstallProcessor } from './install/install.processor';
import { INSTALL_QUEUE, InstallQueue } from './install/install.queue';
import { InstallRequests } from './install/install-requests.service';
import { InstallRunner } from './install/install.runner';
import { InstallSweeper } from './install/install.sweeper';
import { Installer } from './install/installer';
import { Ledger } from './install/ledger';
import { Readiness } from './engine/readiness';
import { Remover } from './install/remover';
import { RollBack } from './install/roll-back';
import { TemplateSource } from './resolver/template-source';
import { InstallationStore } from './installations/installation.store';
import { RowClaims } from './installations/row-claims';
import { AppOperationsController } from './api/app-operations.controller';
import { CancelService } from './lifecycle/cancel.service';
import { UninstallAll } from './lifecycle/uninstall-all.service';
import { UninstallService } from './lifecycle/uninstall.service';
import { LeaseCorrection } from './ports/lease-correction';
import { PortLeasesService } from './ports/port-leases.service';
import { PortOffers } from './ports/port-offers';
import { PortScanner } from './ports/ports-in-use';
import { AppEventsController } from './api/app-events.controller';
import { AppEventsService } from './progress/app-events.service';
import { AppSecretsController } from './api/app-secrets.controller';
import { AppSecretsService } from './secrets/app-secrets.service';
import { StackHubAppsController } from './api/stackhub.controller';
import { AppStatusService } from './status/app-status.service';
import { ContainerWatch } from './status/container-watch';

/** The app store: installs, status, removal. */
@Module({
  imports: [
    CatalogModule,
    BullModule.registerQueue({
      name: INSTALL_QUEUE,
      // A job only wakes a worker and is over at once; the row's claim guards the work itself.
      settings: { lockDuration: 120_000, stalledInterval: 30_000, maxStalledCount: 1 },
    }),
  ],
  controllers: [
    StackHubAppsController,
    DriftController,
    AppEventsController,
    LifecycleController,
    AppOperationsController,
    AppSecretsController,
  ],
  providers: [
    AppAudit,
    AppEventsService,
    AppRepair,
    DriftReport,
    DriftService,
    LeftoverAdoption,
    EventFeed,
    LifecycleService,
    PlannedImages,
    PreflightService,
    RegistryManifests,
    UninstallPlanService,
    UpgradeService,
    Upgrader,
    AppFolders,
    AppResolver,
    AppSecretsService,
    AppStatusService,
    CancelService,
    ContainerWatch,
    EngineEffects,
    NetworkMaker,
    ImageProvider,
    InstallProcessor,
    InstallQueue,
    InstallRequests,
    InstallRunner,
    InstallSweeper,
    InstallationStore,
    Installer,
    Ledger,
    LeaseCorrection,
    PortLeasesService,
    PortOffers,
    PortScanner,
    Readiness,
    Remover,
    RollBack,
    RowClaims,
    UninstallAll,
    UninstallService,
    { provide: TemplateSource, useExisting: CatalogService },
  ],
})
export class AppsModule {}
