import { BullModule } from '@nestjs/bull';
import { Module } from '@nestjs/common';
import { ComputeController } from './compute.controller';
import { ComputeService } from './compute.service';
import { HistoryController } from './history/history.controller';
import { HistoryService } from './history/history.service';
import { ActiveModels } from './models/active-models';
import { ModelCatalogue } from './models/model-catalogue';
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

/** Computing on fragments: tasks, records, models. Research use only. */
@Module({
  imports: [
    BullModule.registerQueue({
      name: TASK_QUEUE,
      // A slice takes milliseconds; one that outlives its worker is looked after by its lease.
      settings: { lockDuration: 30_000, stalledInterval: 10_000, maxStalledCount: 5 },
    }),
  ],
  controllers: [ComputeController, HistoryController],
  providers: [
    ActiveModels,
    ComputeService,
    HistoryService,
    ModelCatalogue,
    TaskBacklog,
    TaskCancellation,
    TaskClaims,
    TaskDispatcher,
    TaskProcessor,
    TaskQueue,
    TaskRunner,
    TaskSubmission,
    TaskSweeper,
    TaskWake,
  ],
})
export class ComputeModule {}
