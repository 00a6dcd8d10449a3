/** What ends when its signal says so. */
export interface Abortable {
  abort(): void;
}

/** All that runs under one signal. */
export interface Group {
  readonly signal: AbortSignal;
  readonly members: Set<Abortable>;
  readonly listener: () => void;
}

/** One listener per AbortSignal, however many requests run under it: thousands of listeners on one signal are slow to add and to remove. */
export class Aborts {
  readonly #groups = new WeakMap<AbortSignal, Group>();
  /** May have lost their last member since the last sweep. */
  readonly #left = new Set<Group>();

  /** The signal must not be aborted yet. Returns what is to be left again. */
  join(signal: AbortSignal, member: Abortable): Group {
    const group = this.#groups.get(signal) ?? this.#open(signal);
    group.members.add(member);
    return group;
  }

  leave(group: Group, member: Abortable): void {
    group.members.delete(member);
    if (group.members.size === 0) this.#left.add(group);
  }

  /** Takes the listeners off signals that nothing runs under any more. */
  sweep(): void {
    for (const group of this.#left) {
      if (group.members.size === 0) this.#close(group);
    }
    this.#left.clear();
  }

  #open(signal: AbortSignal): Group {
    const members = new Set<Abortable>();
    const listener = (): void => {
      for (const member of [...members]) member.abort();
    };
    const group: Group = { signal, members, listener };
    signal.addEventListener("abort", listener, { once: true });
    this.#groups.set(signal, group);
    return group;
  }

  #close(group: Group): void {
    group.signal.removeEventListener("abort", group.listener);
    this.#groups.delete(group.signal);
  }
}
