import { BatchNotFoundError } from '../tasks/task.errors';
import { ComputeUserNotFoundError, NotYoursError } from '../history/history.errors';
import { Get, Param, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Authenticated } from '../../http/access/access-rule';
import { CurrentUser } from '../../http/access/current-user';
import { pageOf } from '../../http/fields/paging';
import { DscapeController } from '../../http/openapi/controllers';
import { Answers, Fails } from '../../http/openapi/envelopes';
import { BatchParams } from '../task.dto';
import { BatchDto, TaskPageDto, TaskQueryDto } from './task-list.dto';
import { TaskListService } from './task-list.service';

/** Lists of tasks, and batches as a whole. */
@DscapeController('compute', 'Compute')
export class TaskListController {
  constructor(private readonly tasks: TaskListService) {}

  @Get('tasks')
  @Authenticated()
  @ApiOperation({
    operationId: 'listTasks',
    summary: 'Tasks by state, batch, patient and time, newest first / 计算任务列表',
  })
  @Answers(TaskPageDto)
  @Fails(new ComputeUserNotFoundError(), new NotYoursError())
  async list(@CurrentUser() user: CurrentUser, @Query() query: TaskQueryDto): Promise<TaskPageDto> {
    const { page, take } = pageOf(query);
    return { ...(await this.tasks.page(user, query)), page, limit: take };
  }

  @Get('batches/:bid')
  @Authenticated()
  @ApiOperation({
    operationId: 'batchStatus',
    summary: 'How many tasks of a batch are in which state / 批次状态查询',
  })
  @Answers(BatchDto)
  @Fails(new BatchNotFoundError(), new NotYoursError())
  batch(@CurrentUser() user: CurrentUser, @Param() { bid }: BatchParams): Promise<BatchDto> {
    return this.tasks.batch(user, bid);
  }
}
