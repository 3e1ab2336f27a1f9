/** Data of apps that a node still has to remove. */
export abstract class HomeLeftovers {
  /** Writes down that the data of the app on that home are of no use any more. */
  abstract add(home: string, appName: string): Promise<void>;

  /** Removes those of the app that are left here, where there are any. */
  abstract clearHere(appName: string): Promise<void>;
}
