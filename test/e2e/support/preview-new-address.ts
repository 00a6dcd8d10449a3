import { LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { program } from "../../../infra/program.ts";

/*
 * Prints, as JSON lines, the steps of a preview of the foundation in which the NAT's address is made anew.
 * A process of its own: the Automation API changes the process that it runs in.
 */
const [root = "", workDir = ""] = process.argv.slice(2);
const stack = await LocalWorkspace.selectStack(
  { stackName: "foundation-local", projectName: "causeway", program },
  { pulumiCommand: await PulumiCommand.get({ root }), workDir },
);
const state = (await stack.exportStack()).deployment as {
  resources: { urn: string; type: string }[];
};
const address = state.resources.find(({ type }) => type === "aws:ec2/eip:Eip");
await stack.preview({
  replace: [address?.urn ?? "no address in the stack"],
  onEvent: ({ resourcePreEvent }) => {
    if (resourcePreEvent === undefined || resourcePreEvent.metadata.op === "same") return;
    const { op, type, diffs, detailedDiff } = resourcePreEvent.metadata;
    console.log(JSON.stringify({ op, type, paths: Object.keys(detailedDiff ?? {}), diffs }));
  },
});
