/** Path of a key in the Compose file, e.g. `['services', 'web', 'ports', 0]`. */
export type KeyPath = readonly (string | number)[];
