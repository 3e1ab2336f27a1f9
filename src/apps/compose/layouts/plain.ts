import type { StoreLayout } from './store-layout';

/** A folder with a Compose file and nothing that a store adds. */
export const plain: StoreLayout = {
  name: 'plain',
  recognises: () => true,
  read: () => Promise.resolve({}),
};
