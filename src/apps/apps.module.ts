import { BullModule } from '@nestjs/bull';
import { Module } from '@nestjs/common';
import { QueueModule } from '../platform/queue/queue.module';
import { ServerModule } from '../server/server.module';
import { InstallBarrier } from './install/install-barrier';
import { StuckWork } from './install/stuck-work';
import { CatalogModule } from './catalog/catalog.module';
import { AppAudit } from './api/app-audit';
import { ContainerStarter } from './engine/container-starter';
import { AppRepair } from './drift/app-repair';
import { DriftController } from './api/drift.controller';
import { Home } from './homes/home';
import { HomeSecrets } from './homes/home-secrets';
import { EngineOwner } from './engine-owner/engine-owner';
import { DriftReport } from './drift/drift-report';
import { DriftService } from './drift/drift.service';
import { OrphanAdoption } from './drift/orphan-adoption';
import { MovesController } from './api/moves.controller';
import { HomeLeftovers } from './install/home-leftovers';
import { Leftovers } from './moves/leftovers';
import { LostHomes } from './moves/lost-homes';
import { Moves } from './moves/moves.service';
import { NodesController } from './api/nodes.controller';
import { RegistriesController } from './registries/registries.controller';
import { StoredLogins } from './registries/stored-logins.service';
import { Nodes } from './nodes/nodes.service';
import { HomeCalls } from './homes/home-calls';
import { HomeRequestProcessor } from './homes/home-request.processor';
import { HomeRequests } from './homes/home-requests';
import { InstallHome } from './install/install-home';
import { LifecycleController } from './api/lifecycle.controller';
import { AppContainers } from './lifecycle/app-containers';
import { backupProviders } from './backups/backup.providers';
import { scheduleProviders } from './schedules/schedule.providers';
import { UpdatesController } from './api/updates.controller';
import { RetiredImages } from './images/retired-images';
import { ImageChecks } from './images/image-checks';
import { AppUpdates } from './updates/app-updates.service';
import { UpdatePolicies } from './updates/update-policies.service';
import { UpdateWatch } from './updates/update-watch';
import { BackupHooks } from './backups/backup-hooks';
import { UpdateWindows } from './updates/update-windows';
import { BackupStore } from './backups/backup.store';
import { PinnedTemplates } from './backups/pinned-templates';
import { BackupsController } from './api/backups.controller';
import { BackupRepositoriesController } from './api/backup-repositories.controller';
import { BackupSchedulesController } from './api/backup-schedules.controller';
import { BrokenOffOperations } from './lifecycle/broken-off-operations';
import { LifecycleService } from './lifecycle/lifecycle.service';
import { UpgradeService } from './lifecycle/upgrade.service';
import { UninstallPlanService } from './lifecycle/uninstall-plan.service';
import { PlannedImages } from './preflight/planned-images';
import { PreflightService } from './preflight/preflight.service';
import { RegistryManifests } from './preflight/registry-manifests';
import { EventFeed } from './progress/event-feed';
import { AppTrial } from './trials/app-trial';
import { UpgradeBackups } from './backups/upgrade-backups';
import { UpgradeData } from './install/upgrade-data';
import { AppFiles } from './install/app-files';
import { ServiceData } from './install/service-data';
import { Upgrader } from './install/upgrader';
import { AppData } from './install/app-data';
import { AppResolver, TemplateSource } from './resolver/app-resolver';
import { ResourceProvisioner } from './install/resource-provisioner';
import { NetworkAllocator } from './engine/network-allocator';
import { ImageProvider } from './install/image-provider';
import { INSTALL_QUEUE, INSTALL_QUEUE_SETTINGS, InstallQueue } from './install/install.queue';
import { InstallRequests } from './install/install-requests.service';
import { InstallRunner } from './install/install.runner';
import { InstallSweeper } from './install/install.sweeper';
import { Installer } from './install/installer';
import { InstallLedger } from './install/install-journal';
import { Readiness } from './engine/readiness';
import { AppRemover } from './install/app-remover';
import { RollBack } from './install/roll-back';
import { AppRecords } from './status/app-records';
import { InstallationChanges } from './installations/installation-changes';
import { InstallationStore } from './installations/installation.store';
import { RowLeases } from './installations/row-lease';
import { InstallPreparer } from './resolver/install-preparer';
import { ExistingAppCheck } from './install/existing-app';
import { ContainerWaiter } from './engine/container-waiter';
import { AppOperationsController } from './api/app-operations.controller';
import { CancelService } from './lifecycle/cancel.service';
import { UninstallAll } from './lifecycle/uninstall-all.service';
import { UninstallService } from './lifecycle/uninstall.service';
import { LeaseReconciler } from './ports/lease-reconciler';
import { PortLeasesService } from './ports/port-leases.service';
import { PortAllocator } from './ports/port-allocator';
import { PortScanner } from './ports/port-scanner';
import { AppEventsController } from './api/app-events.controller';
import { AppEventsService } from './progress/app-events.service';
import { AppSecretsController } from './api/app-secrets.controller';
import { AppSecretsService } from './secrets/app-secrets.service';
import { StackHubAppsController } from './api/stackhub.controller';
import { AppStatusService } from './status/app-status.service';
import { ContainerStates } from './status/container-states';
import { ContainerWatch } from './status/container-watch';

/** The app store: installs, status, removal. */
@Module({
  imports: [
    CatalogModule,
    QueueModule,
    ServerModule,
    BullModule.registerQueue({
      name: INSTALL_QUEUE,
      settings: INSTALL_QUEUE_SETTINGS,
    }),
  ],
  controllers: [
    StackHubAppsController,
    UpdatesController,
    DriftController,
    AppEventsController,
    LifecycleController,
    AppOperationsController,
    AppSecretsController,
    BackupsController,
    BackupRepositoriesController,
    BackupSchedulesController,
    NodesController,
    RegistriesController,
    MovesController,
  ],
  providers: [
    AppAudit,
    HomeCalls,
    HomeRequestProcessor,
    HomeRequests,
    InstallHome,
    StoredLogins,
    AppEventsService,
    AppRepair,
    DriftReport,
    DriftService,
    EngineOwner,
    Home,
    HomeSecrets,
    OrphanAdoption,
    EventFeed,
    AppContainers,
    LifecycleService,
    BrokenOffOperations,
    PlannedImages,
    PreflightService,
    RegistryManifests,
    UninstallPlanService,
    UpgradeService,
    Upgrader,
    AppData,
    AppFiles,
    StuckWork,
    AppResolver,
    AppSecretsService,
    AppTrial,
    AppStatusService,
    CancelService,
    ContainerStates,
    ContainerWatch,
    ResourceProvisioner,
    NetworkAllocator,
    Nodes,
    Leftovers,
    LostHomes,
    Moves,
    ImageProvider,
    InstallQueue,
    InstallRequests,
    InstallRunner,
    InstallSweeper,
    AppRecords,
    InstallationChanges,
    InstallationStore,
    Installer,
    InstallLedger,
    InstallPreparer,
    ExistingAppCheck,
    ContainerStarter,
    ContainerWaiter,
    LeaseReconciler,
    PortLeasesService,
    PortAllocator,
    PortScanner,
    Readiness,
    AppRemover,
    RollBack,
    RowLeases,
    UninstallAll,
    UninstallService,
    ImageChecks,
    RetiredImages,
    AppUpdates,
    UpdatePolicies,
    UpdateWatch,
    UpdateWindows,
    ...backupProviders,
    ...scheduleProviders,
    { provide: TemplateSource, useExisting: PinnedTemplates },
    { provide: InstallBarrier, useExisting: BackupStore },
    { provide: ServiceData, useExisting: BackupHooks },
    { provide: HomeLeftovers, useExisting: Leftovers },
    { provide: UpgradeData, useExisting: UpgradeBackups },
  ],
  exports: [ContainerStates],
})
export class AppsModule {}
