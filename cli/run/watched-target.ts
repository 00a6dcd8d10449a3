import type {
  Block,
  Committed,
  Cut,
  Expecting,
  FromUrl,
  KeyRange,
  ListedTarget,
  Range,
  Reference,
  SourceProof,
  StagedBlock,
  Staging,
  Target,
  TargetProperties,
  TargetSide,
  Upload,
} from "../../runtime/stores/contract.ts";

/** The same target, telling of every block that has arrived: so that one large object shows progress. */
export class WatchedTarget implements Target {
  readonly kind: Target["kind"];
  readonly label: string;
  readonly putLimit: number;
  readonly putFromLimit: number;
  readonly #target: Target;
  readonly #arrived: (name: string, bytes: number) => void;

  constructor(target: Target, arrived: (name: string, bytes: number) => void) {
    this.#target = target;
    this.#arrived = arrived;
    this.kind = target.kind;
    this.label = target.label;
    this.putLimit = target.putLimit;
    this.putFromLimit = target.putFromLimit;
  }

  list(range: KeyRange, signal: AbortSignal): AsyncIterable<readonly ListedTarget[]> {
    return this.#target.list(range, signal);
  }

  look(name: string, signal: AbortSignal): Promise<TargetSide> {
    return this.#target.look(name, signal);
  }

  put(
    name: string,
    block: Block,
    properties: TargetProperties,
    expecting: Expecting,
    signal: AbortSignal,
  ): Promise<Committed> {
    return this.#target.put(name, block, properties, expecting, signal);
  }

  putFrom(
    name: string,
    from: Reference,
    size: number,
    proof: SourceProof,
    properties: TargetProperties,
    expecting: Expecting,
    signal: AbortSignal,
  ): Promise<FromUrl & Committed> {
    return this.#target.putFrom(name, from, size, proof, properties, expecting, signal);
  }

  cut(size: number, by: "stream" | "url"): Cut {
    return this.#target.cut(size, by);
  }

  async staged(
    staging: Staging,
    signal: AbortSignal,
  ): Promise<{ blocks: readonly StagedBlock[]; upload: Upload }> {
    const { blocks, upload } = await this.#target.staged(staging, signal);
    for (const { length } of blocks) this.#arrived(staging.name, length);
    return { blocks, upload: this.#watched(staging.name, upload) };
  }

  remove(name: string, expecting: Expecting, signal: AbortSignal): Promise<void> {
    return this.#target.remove(name, expecting, signal);
  }

  whyNotByUrl(from: Reference): string | undefined {
    return this.#target.whyNotByUrl(from);
  }

  #watched(name: string, upload: Upload): Upload {
    const told = (block: StagedBlock): StagedBlock => {
      this.#arrived(name, block.length);
      return block;
    };
    return {
      stage: async (index, block, signal) => told(await upload.stage(index, block, signal)),
      stageFrom: async (index: number, from: Reference, range: Range, signal: AbortSignal) =>
        told(await upload.stageFrom(index, from, range, signal)),
      commit: (blocks, properties, expecting, crc, signal) =>
        upload.commit(blocks, properties, expecting, crc, signal),
      discard: (signal) => upload.discard(signal),
    };
  }
}
