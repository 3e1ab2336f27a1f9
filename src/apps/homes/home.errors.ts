import { domainError } from '../../platform/errors/domain-error';

/** No server answers on the node that holds the app: the machine is off, or its server is. */
export class HomeAwayError extends domainError(
  'unavailable',
  (appName: string, node: string) =>
    `应用 ${appName} 的数据在节点 ${node} 上，而那里的服务没有应答，因此现在不能更改它：请检查该节点和其上的服务，然后重试。`,
  (appName, node) =>
    `The app ${appName} belongs to the node ${node}, whose server does not answer, so it cannot be changed now: look at that node and the server on it, then try again.`,
) {}

/** The server there has taken the request up, and then said nothing. */
export class HomeSilentError extends domainError(
  'unavailable',
  (appName: string, node: string) =>
    `节点 ${node} 上的服务收到了对应用 ${appName} 的请求，但没有给出结果：请查看应用的状态，再决定是否重试。`,
  (appName, node) =>
    `The server on the node ${node} got the request for the app ${appName} and did not answer it: look at the state of the app before you try again.`,
) {}

/** Other nodes are reached over Redis. */
export class HomesOutOfReachError extends domainError(
  'unavailable',
  (appName: string, node: string) =>
    `应用 ${appName} 属于节点 ${node}，而 Redis 没有应答，无法把请求转交给它：请稍后重试。`,
  (appName, node) =>
    `The app ${appName} belongs to the node ${node}, and Redis does not answer, over which requests are passed on: try again later.`,
) {}

/** Two copies of the data of one app, on two nodes, would be one too many. */
export class DataElsewhereError extends domainError(
  'conflict',
  (appName: string, node: string) =>
    `应用 ${appName} 以前的数据仍保留在节点 ${node} 上：请安装到该节点，或先卸载并删除数据（removeData）。`,
  (appName, node) =>
    `The data of the former ${appName} is still on the node ${node}: install it there, or remove the data first (uninstall with removeData).`,
) {}

/** Between the question where the app is and the request it went to another node. */
export class HomeChangedError extends domainError(
  'conflict',
  (appName: string) => `应用 ${appName} 刚刚换了节点：请重试。`,
  (appName) => `The app ${appName} has just gone to another node: try again.`,
) {}
