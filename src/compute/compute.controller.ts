import { Body, Get, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Authenticated, ComputeAllowed } from '../http/access/access-rule';
import { CurrentUser } from '../http/access/current-user';
import { DscapeController } from '../http/openapi/controllers';
import { Answers, Fails } from '../http/openapi/envelopes';
import { BusinessCode } from '../platform/errors/business-code';
import { ComputeService } from './compute.service';
import { AddBatchDto } from './add-batch.dto';
import { AddTaskDto } from './add-task.dto';
import { TaskIdDto, TaskIdParams, TaskIdsDto, TaskStatusDto } from './task.dto';

const invalid = { kind: 'invalid', code: BusinessCode.InvalidParameter } as const;
const quota = { kind: 'too-many', code: BusinessCode.QuotaExceeded } as const;
const notFound = { kind: 'not-found', when: 'no such task' } as const;

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
  @Fails(invalid, quota)
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
  @Fails(invalid, quota)
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
  @Fails(invalid, notFound, { kind: 'invalid', when: 'the task is done' })
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
  @Fails(invalid, notFound)
  status(@CurrentUser() user: CurrentUser, @Param() { tid }: TaskIdParams): Promise<TaskStatusDto> {
    return this.compute.status(user, tid);
  }
}
