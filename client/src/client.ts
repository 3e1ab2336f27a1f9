import { AccountApi } from './api/account.js';
import { AddressBansApi, AuditApi, InviteCodesApi, UsersApi } from './api/administration.js';
import { AppsApi, CatalogApi } from './api/apps.js';
import { BackupsApi } from './api/backups.js';
import { ComputeApi, HistoryApi } from './api/compute.js';
import { GitStoresApi } from './api/git-stores.js';
import { NodesApi } from './api/nodes.js';
import { RegistriesApi } from './api/registries.js';
import { ServerApi } from './api/server.js';
import type { Answer, CallInput, CallOptions, DataOf, OperationId } from './calls/call-types.js';
import { Caller, type ClientOptions } from './calls/caller.js';

/** A client of one StackScape server. Every call answers its data or throws a StackScapeError. */
export class StackScapeClient {
  readonly account: AccountApi;
  readonly apps: AppsApi;
  readonly backups: BackupsApi;
  readonly catalog: CatalogApi;
  readonly compute: ComputeApi;
  readonly history: HistoryApi;
  readonly nodes: NodesApi;
  readonly registries: RegistriesApi;
  readonly server: ServerApi;
  readonly stores: GitStoresApi;
  readonly users: UsersApi;
  readonly inviteCodes: InviteCodesApi;
  readonly addressBans: AddressBansApi;
  readonly audit: AuditApi;
  private readonly caller: Caller;

  constructor(options: ClientOptions) {
    const caller = new Caller(options);
    this.caller = caller;
    this.account = new AccountApi(caller);
    this.apps = new AppsApi(caller);
    this.backups = new BackupsApi(caller);
    this.catalog = new CatalogApi(caller);
    this.compute = new ComputeApi(caller);
    this.history = new HistoryApi(caller);
    this.nodes = new NodesApi(caller);
    this.registries = new RegistriesApi(caller);
    this.server = new ServerApi(caller);
    this.stores = new GitStoresApi(caller);
    this.users = new UsersApi(caller);
    this.inviteCodes = new InviteCodesApi(caller);
    this.addressBans = new AddressBansApi(caller);
    this.audit = new AuditApi(caller);
  }

  /** Any call of the OpenAPI document by its operation id: `client.call('getApp', { path: { appName } })`. */
  call<Id extends OperationId>(id: Id, input: CallInput<Id>): Promise<DataOf<Id>> {
    return this.caller.call(id, input);
  }

  /**
   * The address of an event stream for a browser's `EventSource`, which sends no token: with a ticket,
   * good for one use within 30 s. `after`: id of the last event that was received.
   */
  async eventSourceUrl(
    path: string,
    { after, ...options }: CallOptions & { readonly after?: string } = {},
  ): Promise<string> {
    const { ticket } = await this.caller.call('issueStreamTicket', { body: { path }, ...options });
    const query = new URLSearchParams({ ticket, ...(after === undefined ? {} : { after }) });
    return this.caller.url(`${path}?${query.toString()}`);
  }

  /** As `call`, with headers and request id. */
  answer<Id extends OperationId>(id: Id, input: CallInput<Id>): Promise<Answer<DataOf<Id>>> {
    return this.caller.answer(id, input);
  }
}
