import { BullModule } from '@nestjs/bull';
import { Module } from '@nestjs/common';
import { ComputeController } from './compute.controller';
import { ComputeService } from './compute.service';
import { HistoryController } from './history/history.controller';
import { HistoryService } from './history/history.service';
import { RecordCounts } from './history/record-counts';
import { ImportController } from './imports/import.controller';
import { ImportRollback } from './imports/import-rollback';
import { ImportService } from './imports/import.service';
import { ActiveModels } from './model-store/active-models';
import { ModelActivation } from './models/model-activation';
import { ModelFiles } from './model-store/model-files';
import { ModelRerun } from './models/model-rerun';
import { ModelTraining } from './models/model-training';
import { ModelController } from './models/model.controller';
import { ModelService } from './models/model.service';
import { StatsController } from './stats/stats.controller';
import { StatsService } from './stats/stats.service';
import { TaskEventFeed } from './task-events/task-event-feed';
import { TaskEventsController } from './task-events/task-events.controller';
import { TaskEventsService } from './tasks/task-events.service';
import { TaskListController } from './task-list/task-list.controller';
import { TaskListService } from './task-list/task-list.service';
import { TaskBacklog } from './tasks/task-backlog';
import { TaskCancellation } from './tasks/task-cancellation';
import { TaskClaims } from './tasks/task-claims';
import { TaskDispatcher } from './tasks/task-dispatcher';
import { TaskRunner } from './tasks/task-runner';
import { TaskSubmission } from './tasks/task-submission';
import { TaskSweeper } from './tasks/task-sweeper';
import { TaskWake } from './tasks/task-wake';
import { TaskProcessor } from './tasks/task.processor';
import { TASK_QUEUE, TaskQueue } from './tasks/task.queue';

/** Tasks, records and models of the computation. Research use only. */
@Module({
  imports: [
    BullModule.registerQueue({
      name: TASK_QUEUE,
      // A batch takes milliseconds; tasks of a lost batch are requeued when their lease ends.
      settings: { lockDuration: 30_000, stalledInterval: 10_000, maxStalledCount: 5 },
    }),
  ],
  controllers: [
    ComputeController,
    HistoryController,
    ImportController,
    ModelController,
    StatsController,
    TaskEventsController,
    TaskListController,
  ],
  providers: [
    ActiveModels,
    ComputeService,
    HistoryService,
    ImportRollback,
    ImportService,
    ModelActivation,
    ModelFiles,
    ModelRerun,
    ModelService,
    ModelTraining,
    RecordCounts,
    StatsService,
    TaskBacklog,
    TaskCancellation,
    TaskClaims,
    TaskDispatcher,
    TaskEventFeed,
    TaskEventsService,
    TaskListService,
    TaskProcessor,
    TaskQueue,
    TaskRunner,
    TaskSubmission,
    TaskSweeper,
    TaskWake,
  ],
})
export class ComputeModule {}
