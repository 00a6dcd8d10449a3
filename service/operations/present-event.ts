import type { z } from "zod";
import type { OperationEventRow } from "../db/operation-events.ts";
import type { OperationEvent } from "../http/schemas.ts";

export function presentEvent(row: OperationEventRow): z.output<typeof OperationEvent> {
  const { seq, at, kind, urn, type, name, op, status, severity, message, changes } = row;
  return {
    seq,
    at: at.toISOString(),
    kind,
    urn,
    type,
    name,
    op,
    status,
    severity,
    message,
    changes: changes ?? [],
  };
}
