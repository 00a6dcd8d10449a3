/** A task that cannot start, with the reason as ECS words it. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
  /** The container that it is about, when it is about one. */
  readonly container: string | undefined;

  constructor(reason: string, container?: string) {
    super(reason);
    this.container = container;
  }
}

export function cannotPull(container: string, why: string): StartFailure {
  return new StartFailure(`CannotPullContainerError: ${why}`, container);
}

/** @param what for example `unable to pull secrets or registry auth` */
export function cannotInitialize(what: string, why: string): StartFailure {
  return new StartFailure(`ResourceInitializationError: ${what}: ${why}`);
}
