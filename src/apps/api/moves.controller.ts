import { Body, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Requester } from '../../auth/access/requester';
import { AdminOnly } from '../../http/access/access-rule';
import { DscapeController } from '../../http/openapi/controllers';
import { Answers, Fails } from '../../http/openapi/envelopes';
import { bilingual } from '../../platform/i18n/bilingual';
import { NodeAmbiguousError } from '../../server/nodes/node.errors';
import {
  AlreadyOnNodeError,
  MoveHasDataError,
  MoveTakesSwarmError,
  NoPlaceThereError,
} from '../moves/move.errors';
import { Moves } from '../moves/moves.service';
import { VersionNotKeptError } from '../resolver/template.errors';
import { AppAudit } from './app-audit';
import { APP_BUSY, NOT_INSTALLED, UNKNOWN_NODE } from './app-failures';
import { AtHome } from './at-home';
import { MoveAppDto, MoveJobDto } from './moves.dto';
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

  @Post(':appName/move')
  @AdminOnly()
  @AtHome()
  @ApiOperation({
    operationId: 'moveApp',
    summary: 'Run an app on another node of the Swarm / 移动应用到其他节点',
    description:
      'For apps without data. The version stays the same, and so do ports, values and passwords. It runs on where it is until all of it is fetched, then its services are replaced; where they do not come up on the other node, those of before return, and `info` of the app tells the reason. The events of the app tell how far it is; the last one has the phase `running`.',
  })
  @Answers(MoveJobDto)
  @Fails(
    NOT_INSTALLED,
    UNKNOWN_NODE,
    APP_BUSY,
    new NodeAmbiguousError('worker-1', ['24ifsmvkjbyhk', '7gqx2dvzp0c1n']),
    new MoveTakesSwarmError(),
    new AlreadyOnNodeError('hello', 'worker-1'),
    new MoveHasDataError('hello', ['web']),
    new NoPlaceThereError('hello', 'worker-1', NO_PLACE),
    new VersionNotKeptError('hello'),
  )
  async move(
    @Param() { appName }: AppParamDto,
    @Body() body: MoveAppDto,
    @Requester() user: Requester,
  ): Promise<MoveJobDto> {
    const { jobId, node } = await this.moves.request(appName, body.node);
    await this.audit.record('app.move-requested', user, appName, { node: node.name });
    return { jobId, node: node.name };
  }
}
