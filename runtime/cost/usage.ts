/** Kinds of requests, as the clouds bill them. */
export const operations = ["put", "get", "write", "list", "read", "other", "free"] as const;
export type Operation = (typeof operations)[number];

/** What one side of a copy was asked for. */
export interface SideUsage {
  readonly requests: Readonly<Record<Operation, number>>;
  /** Bytes of bodies that went from us to it. */
  readonly sent: number;
  /** Bytes of bodies that came from it to us. */
  readonly received: number;
}

export interface Usage {
  readonly source: SideUsage;
  readonly target: SideUsage;
  /** Bytes that the target's cloud read from the source by itself. */
  readonly byUrl: number;
}

export function noRequests(): Record<Operation, number> {
  return { put: 0, get: 0, write: 0, list: 0, read: 0, other: 0, free: 0 };
}

export function sideUsage(
  requests: Partial<Record<Operation, number>>,
  sent = 0,
  received = 0,
): SideUsage {
  return { requests: { ...noRequests(), ...requests }, sent, received };
}
