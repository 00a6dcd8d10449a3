import type { SecurityRuleRow } from "../../aws/network/rows.ts";
import { optionalNumber, text, texts } from "../framework/access.ts";
import { defined } from "../framework/access.ts";
import type { Props } from "../wire/values.ts";

type Direction = SecurityRuleRow["direction"];

const listOf = {
  ipv4: "cidrBlocks",
  ipv6: "ipv6CidrBlocks",
  "prefix-list": "prefixListIds",
  "security-group": "securityGroups",
} as const;

/**
 * The rules of a group as the program's inline blocks: each block with those of its peers that still exist,
 * then a block for every rule that no block names.
 */
export function inlineRules(
  rows: readonly SecurityRuleRow[],
  direction: Direction,
  blocks: readonly Props[],
): Props[] {
  const left = rows.filter((row) => row.direction === direction);
  const kept = blocks.map((block) => takeBlock(block, left));
  return [...kept.filter((block) => block !== undefined), ...left.map(blockOf)];
}

/** Takes the block's rules out of `left`; undefined when none of them exists. */
function takeBlock(block: Props, left: SecurityRuleRow[]): Props | undefined {
  const result: Props = { ...block };
  let found = 0;
  const take = (peer: (row: SecurityRuleRow) => boolean): boolean => {
    const at = left.findIndex((row) => samePorts(row, block) && peer(row));
    if (at < 0) return false;
    left.splice(at, 1);
    found += 1;
    return true;
  };
  for (const [kind, property] of Object.entries(listOf)) {
    if (block[property] === undefined) continue;
    result[property] = texts(block, property).filter((value) =>
      take((row) => row.peer.kind === kind && row.peer.value === value),
    );
  }
  if (block["self"] === true) result["self"] = take((row) => row.peer.value === row.groupId);
  return found === 0 ? undefined : result;
}

function samePorts(row: SecurityRuleRow, block: Props): boolean {
  if (row.protocol !== text(block, "protocol")) return false;
  if (row.protocol === "-1") return true;
  return (
    row.fromPort === optionalNumber(block, "fromPort") &&
    row.toPort === optionalNumber(block, "toPort")
  );
}

function blockOf(row: SecurityRuleRow): Props {
  const self = row.peer.kind === "security-group" && row.peer.value === row.groupId;
  return defined({
    protocol: row.protocol,
    fromPort: row.fromPort ?? 0,
    toPort: row.toPort ?? 0,
    description: row.description,
    ...(self ? { self: true } : { [listOf[row.peer.kind]]: [row.peer.value] }),
  });
}
