import type { Case } from "./case.ts";
import { compare10m, compare1m } from "./compare.ts";
import { costs } from "./cost.ts";
import { busy, reset, truncate } from "./faults.ts";
import { kill } from "./kill.ts";
import { large, large40 } from "./large.ts";
import { overwrite200, overwrite3 } from "./overwrite.ts";
import { s3ToS3 } from "./s3-to-s3.ts";
import { small0, small40, small40Defaults } from "./small.ts";

/** In the order of the report. */
export const CASES: readonly Case[] = [
  small0,
  small40,
  small40Defaults,
  large,
  large40,
  compare1m,
  compare10m,
  overwrite3,
  overwrite200,
  kill,
  busy,
  reset,
  truncate,
  s3ToS3,
  ...costs,
];
