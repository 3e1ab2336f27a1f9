import { applyDecorators, Body, Get, Param, Post, Put } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { AuditService } from '../../audit/audit.service';
import { Requester } from '../../auth/access/requester';
import { AdminOnly } from '../../http/access/access-rule';
import { DscapeController } from '../../http/openapi/controllers';
import { Answers, AnswersList, Fails } from '../../http/openapi/envelopes';
import type { NodeChange } from '../../platform/docker/swarm/cluster-nodes';
import { NodeAmbiguousError, SingleNodeError } from '../../server/nodes/node.errors';
import { Nodes } from '../nodes/nodes.service';
import { UNKNOWN_NODE } from './app-failures';
import { NodeDto, NodeLabelsDto, NodeParamDto, toNodeDto } from './nodes.dto';

const AMBIGUOUS = new NodeAmbiguousError('worker-1', ['24ifsmvkjbyhk', '7gqx2dvzp0c1n']);

/** A call that changes a node and answers it as it is then. */
const Changes = (route: MethodDecorator, operationId: string, texts: object): MethodDecorator =>
  applyDecorators(
    route,
    AdminOnly(),
    ApiOperation({ operationId, ...texts }),
    Answers(NodeDto),
    Fails(UNKNOWN_NODE, AMBIGUOUS, new SingleNodeError()),
  );

/** The machines that apps run on. */
@DscapeController('nodes', 'Server')
export class NodesController {
  constructor(
    private readonly nodes: Nodes,
    private readonly audit: AuditService,
  ) {}

  @Get()
  @AdminOnly()
  @ApiOperation({
    operationId: 'listNodes',
    summary: 'Machines that apps run on / 运行应用的节点',
    description: 'The nodes of the Swarm; without one, the machine of the engine alone.',
  })
  @AnswersList(NodeDto)
  async list(): Promise<NodeDto[]> {
    return (await this.nodes.list()).map(toNodeDto);
  }

  @Get(':node')
  @AdminOnly()
  @ApiOperation({ operationId: 'getNode', summary: 'One node / 单个节点' })
  @Answers(NodeDto)
  @Fails(UNKNOWN_NODE, AMBIGUOUS)
  async get(@Param() { node }: NodeParamDto): Promise<NodeDto> {
    return toNodeDto(await this.nodes.get(node));
  }

  @Changes(Post(':node/drain'), 'drainNode', {
    summary: 'Have a node run nothing, for work on the machine / 排空节点',
    description:
      'Apps without data go to other nodes within seconds. Those with data on it (`pinned`) stop until it is activated: they are never moved.',
  })
  drain(@Param() { node }: NodeParamDto, @Requester() user: Requester): Promise<NodeDto> {
    return this.change(node, { availability: 'drain' }, 'node.drained', user);
  }

  @Changes(Post(':node/activate'), 'activateNode', {
    summary: 'Let a drained node run apps again / 启用节点',
    description: 'Apps with data on it start there; others stay where they are now.',
  })
  activate(@Param() { node }: NodeParamDto, @Requester() user: Requester): Promise<NodeDto> {
    return this.change(node, { availability: 'active' }, 'node.activated', user);
  }

  @Changes(Put(':node/labels'), 'setNodeLabels', {
    summary: 'Give a node labels in place of those that it has / 设置节点标签',
    description:
      'What runs on a node by a constraint that its labels no longer meet goes to another one within seconds, or waits for one.',
  })
  label(
    @Param() { node }: NodeParamDto,
    @Body() { labels }: NodeLabelsDto,
    @Requester() user: Requester,
  ): Promise<NodeDto> {
    return this.change(node, { labels }, 'node.labelled', user);
  }

  private async change(
    ref: string,
    change: NodeChange,
    action: string,
    user: Requester,
  ): Promise<NodeDto> {
    const node = await this.nodes.change(ref, change);
    await this.audit.record({
      action,
      actor: { uid: user.uid, name: user.name },
      address: user.address,
      target: { type: 'node', id: node.id },
      details: { name: node.name },
    });
    return toNodeDto(node);
  }
}
