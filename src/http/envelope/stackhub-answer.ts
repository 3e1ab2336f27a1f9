import type { Bilingual } from '../../platform/i18n/bilingual';

/** What a handler of the StackHub family returns: the sentence for `message` and the content of `data`. */
export class StackHubAnswer<T> {
  constructor(
    readonly message: Bilingual,
    readonly data: T,
  ) {}
}
