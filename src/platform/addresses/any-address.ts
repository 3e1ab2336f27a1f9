const ANY: readonly string[] = ['', '0.0.0.0', '::'];

/** Whether what listens on it, or is published on it, is reached at every address of the machine. */
export function isAnyAddress(address: string): boolean {
  return ANY.includes(address);
}
