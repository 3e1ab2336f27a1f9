import { QuotaExceededError, TaskAlreadyDoneError, TaskNotFoundError } from './tasks/task.errors';
import { NotYoursError } from './history/history.errors';
import { Body, Get, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Authenticated, ComputeAllowed } from '../http/access/access-rule';
import { CurrentUser } from '../http/access/current-user';
import { DscapeController } from '../http/openapi/controllers';
import { Answers, Fails } from '../http/openapi/envelopes';
import { ComputeService } from './compute.service';
import { AddBatchDto } from './add-batch.dto';
import { AddTaskDto } from './add-task.dto';
import { TaskIdDto, TaskIdParams, TaskIdsDto, TaskStatusDto } from './task.dto';

const quota = new QuotaExceededError(1000, 0, 1, 3600);
const notFound = new TaskNotFoundError();
const notYours = new NotYoursError();

/** Documented calls of computing. Results are for research use only. */
@DscapeController('compute', 'Compute')
export class ComputeController {
  constructor(private readonly compute: ComputeService) {}

  @Post('add')
  @ComputeAllowed()
  @ApiOperation({
    operationId: 'addTask',
    summary: 'Request a computation (research use only) / 请求计算（仅供研究）',
  })
  @Answers(TaskIdDto)
  @Fails(quota)
  async add(@CurrentUser() user: CurrentUser, @Body() body: AddTaskDto): Promise<TaskIdDto> {
    const [id] = await this.compute.submit(user, [body]);
    return { id: id! };
  }

  @Post('addBatch')
  @ComputeAllowed()
  @ApiOperation({
    operationId: 'addTasks',
    summary: 'Request up to 1000 computations, all or none (research use only) / 批量请求计算',
  })
  @Answers(TaskIdsDto)
  @Fails(quota)
  addBatch(@CurrentUser() user: CurrentUser, @Body() body: AddBatchDto): Promise<TaskIdsDto> {
    return this.compute.submitBatch(user, body.items);
  }

  @Post('cancel/:tid')
  @Authenticated()
  @ApiOperation({
    operationId: 'cancelTask',
    summary: 'Cancel a queued or running task; one that never ran costs nothing / 取消计算任务',
  })
  @Answers(TaskStatusDto)
  @Fails(notFound, notYours, new TaskAlreadyDoneError())
  cancel(@CurrentUser() user: CurrentUser, @Param() { tid }: TaskIdParams): Promise<TaskStatusDto> {
    return this.compute.cancel(user, tid);
  }

  @Get('status/:tid')
  @Authenticated()
  @ApiOperation({
    operationId: 'taskStatus',
    summary: 'State of a task, with its result when done / 计算状态查询',
  })
  @Answers(TaskStatusDto)
  @Fails(notFound, notYours)
  status(@CurrentUser() user: CurrentUser, @Param() { tid }: TaskIdParams): Promise<TaskStatusDto> {
    return this.compute.status(user, tid);
  }
}
