import { Body, Get, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Requester } from '../../auth/access/requester';
import { AdminOnly } from '../../http/access/access-rule';
import { DscapeController } from '../../http/openapi/controllers';
import { Answers, Fails } from '../../http/openapi/envelopes';
import { bilingual } from '../../platform/i18n/bilingual';
import { NodeAmbiguousError } from '../../server/nodes/node.errors';
import {
  AlreadyOnNodeError,
  MoveRepositoryError,
  MoveTakesSwarmError,
  NoHomeThereError,
  NoPlaceThereError,
} from '../moves/move.errors';
import {
  RemoteEngineError,
  ResticMissingError,
  UnknownRepositoryError,
} from '../backups/backup.errors';
import { Moves } from '../moves/moves.service';
import { VersionNotKeptError } from '../resolver/template.errors';
import { AppAudit } from './app-audit';
import { APP_BUSY, NOT_INSTALLED, UNKNOWN_NODE } from './app-failures';
import { AtHome } from './at-home';
import { MoveAppDto, MoveJobDto, MovePlanDto, toMovePlanDto } from './moves.dto';
import { AppParamDto } from './operations.dto';

const NO_PLACE = [
  {
    code: 'placement',
    message: bilingual(
      'web：worker-1 都不能运行它：约束 node.labels.zone==b',
      'web: none of worker-1 can run it: constraint node.labels.zone==b',
    ),
  },
];

/** Moves apps from node to node of a Swarm. */
@DscapeController('apps', 'Apps')
export class MovesController {
  constructor(
    private readonly moves: Moves,
    private readonly audit: AppAudit,
  ) {}

  @Get(':appName/movePlan')
  @AdminOnly()
  @AtHome()
  @ApiOperation({
    operationId: 'planMove',
    summary: 'Where an app can move to, and by which way / 移动计划',
  })
  @Answers(MovePlanDto)
  @Fails(NOT_INSTALLED, APP_BUSY, new MoveTakesSwarmError(), new VersionNotKeptError('hello'))
  async plan(@Param() { appName }: AppParamDto): Promise<MovePlanDto> {
    return toMovePlanDto(await this.moves.plan(appName));
  }

  @Post(':appName/move')
  @AdminOnly()
  @AtHome()
  @ApiOperation({
    operationId: 'moveApp',
    summary: 'Run an app on another node of the Swarm / 移动应用到其他节点',
    description:
      'The version stays the same, and so do ports, values and passwords. Its services are replaced by those on the other node; where these do not come up, those of before return, and `info` of the app tells the reason. An app with data is stopped, saved, verified and restored on the other node, on which a server has to run; what it leaves is removed once it is up there, and not touched before. The events of the app tell how far it is; the last one has the phase `running`.',
  })
  @Answers(MoveJobDto)
  @Fails(
    NOT_INSTALLED,
    UNKNOWN_NODE,
    APP_BUSY,
    new NodeAmbiguousError('worker-1', ['24ifsmvkjbyhk', '7gqx2dvzp0c1n']),
    new MoveTakesSwarmError(),
    new AlreadyOnNodeError('hello', 'worker-1'),
    new NoHomeThereError('hello', 'worker-1'),
    new MoveRepositoryError('local'),
    new UnknownRepositoryError('nosuch'),
    new RemoteEngineError(),
    new ResticMissingError('restic'),
    new NoPlaceThereError('hello', 'worker-1', NO_PLACE),
    new VersionNotKeptError('hello'),
  )
  async move(
    @Param() { appName }: AppParamDto,
    @Body() body: MoveAppDto,
    @Requester() user: Requester,
  ): Promise<MoveJobDto> {
    const { jobId, backupId, node } = await this.moves.request(appName, body.node, body.repository);
    await this.audit.record('app.move-requested', user, appName, { node });
    return { jobId, backup: backupId, node };
  }
}
