import { Module } from "node:module";

/**
 * Puts an empty module where Azurite would load its telemetry from. Nothing can be sent by code that is not
 * there, and the telemetry's libraries are two thirds of what Azurite loads at its start.
 */
export function withoutTelemetry(require: NodeJS.Require): void {
  const path = require.resolve("azurite/dist/src/common/Telemetry.js");
  const empty = new Module(path);
  empty.exports = { AzuriteTelemetryClient: { TraceRequest: () => undefined } };
  empty.loaded = true;
  require.cache[path] = empty;
}
