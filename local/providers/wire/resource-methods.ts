import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type {
  CheckRequest,
  ConfigureRequest,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  GetSchemaRequest,
  InvokeRequest,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb.js";
import type { Naming } from "../framework/autoname.ts";
import type { PropertyChange } from "../framework/diff.ts";
import type { Difference, Provider } from "../framework/provider.ts";
import { Empty, type EmptyMessage } from "./protos.ts";
import { Scopes } from "./scopes.ts";
import type { Methods } from "./service.ts";
import { decode, encode } from "./struct.ts";
import { containsUnknown, revealAll, type Props } from "./values.ts";

/** The plugin protocol's methods for a provider of custom resources. */
export function resourceMethods<S>(provider: Provider<S>): Methods {
  const scopes = new Scopes<S>();
  return { ...configurationMethods(provider, scopes), ...lifeMethods(provider, scopes) };
}

/** Methods that answer alike for any provider. `cancel` comes at the end of each engine's operation, so it ends nothing here. */
export function commonMethods(schema: { name: string; version: string }): Methods {
  return {
    handshake: () =>
      new messages.ProviderHandshakeResponse()
        .setAcceptSecrets(true)
        .setAcceptResources(false)
        .setAcceptOutputs(false)
        .setSupportsAutonamingConfiguration(true),
    attach: (): EmptyMessage => new Empty(),
    cancel: (): EmptyMessage => new Empty(),
    getPluginInfo: () => new pluginMessages.PluginInfo().setVersion(schema.version),
    getSchema: (request: GetSchemaRequest) => {
      if (request.getVersion() !== 0) throw new Error(`no schema version ${request.getVersion()}`);
      const { name, version } = schema;
      return new messages.GetSchemaResponse().setSchema(JSON.stringify({ name, version }));
    },
  };
}

function configurationMethods<S>(provider: Provider<S>, scopes: Scopes<S>): Methods {
  return {
    ...commonMethods(provider.definition.schema),
    cancel: (_request: EmptyMessage, peer: string): EmptyMessage => {
      scopes.cancel(peer);
      return new Empty();
    },
    checkConfig: (request: CheckRequest) => {
      const news = decode(request.getNews());
      provider.definition.configure(revealAll(parseConfig(news)), AbortSignal.abort());
      return new messages.CheckResponse().setInputs(encode(news));
    },
    diffConfig: (request: DiffRequest) => {
      const old = revealAll(decode(request.getOldInputs() ?? request.getOlds()));
      const next = revealAll(decode(request.getNews()));
      const changed = [...new Set([...Object.keys(old), ...Object.keys(next)])].filter(
        (key) => JSON.stringify(old[key]) !== JSON.stringify(next[key]),
      );
      return diffConfigResponse(changed);
    },
    configure: (request: ConfigureRequest, peer: string) => {
      const config = revealAll(parseConfig(decode(request.getArgs())));
      scopes.set(peer, (cancelled) => provider.definition.configure(config, cancelled));
      return new messages.ConfigureResponse()
        .setAcceptsecrets(true)
        .setSupportspreview(true)
        .setAcceptresources(false)
        .setAcceptoutputs(false)
        .setSupportsAutonamingConfiguration(true);
    },
  };
}

function lifeMethods<S>(provider: Provider<S>, scopes: Scopes<S>): Methods {
  return {
    check: async (request: CheckRequest, peer: string) => {
      const [old, news] = [decode(request.getOlds()), decode(request.getNews())];
      const token = tokenOf(request.getUrn());
      const scope = scopes.get(peer);
      const checked = await provider.check(token, old, news, namingOf(request), scope);
      const failures = checked.problems.map(({ property, reason }) =>
        new messages.CheckFailure().setProperty(property).setReason(reason),
      );
      return new messages.CheckResponse()
        .setInputs(encode(checked.inputs))
        .setFailuresList(failures);
    },
    diff: (request: DiffRequest) => {
      const old = decode(request.getOldInputs() ?? request.getOlds());
      return diffResponse(provider.diff(tokenOf(request.getUrn()), old, decode(request.getNews())));
    },
    create: async (request: CreateRequest, peer: string) => {
      const inputs = decode(request.getProperties());
      const scope = scopes.get(peer);
      const token = tokenOf(request.getUrn());
      const created = await provider.create(token, inputs, request.getPreview(), scope);
      return new messages.CreateResponse().setId(created.id).setProperties(encode(created.state));
    },
    read: async (request: ReadRequest, peer: string) => {
      const token = tokenOf(request.getUrn());
      const known = { inputs: decode(request.getInputs()), state: decode(request.getProperties()) };
      const found = await provider.read(token, request.getId(), known, scopes.get(peer));
      if (found === undefined) return new messages.ReadResponse();
      return new messages.ReadResponse()
        .setId(request.getId())
        .setInputs(encode(found.inputs))
        .setProperties(encode(found.state));
    },
    update: async (request: UpdateRequest, peer: string) => {
      const token = tokenOf(request.getUrn());
      const old = { inputs: decode(request.getOldInputs()), state: decode(request.getOlds()) };
      const news = decode(request.getNews());
      const preview = request.getPreview();
      const id = request.getId();
      const state = await provider.update(token, id, old, news, preview, scopes.get(peer));
      return new messages.UpdateResponse().setProperties(encode(state));
    },
    delete: async (request: DeleteRequest, peer: string): Promise<EmptyMessage> => {
      const state = decode(request.getProperties());
      const inputs = request.hasOldInputs() ? decode(request.getOldInputs()) : state;
      const token = tokenOf(request.getUrn());
      await provider.delete(token, request.getId(), { inputs, state }, scopes.get(peer));
      return new Empty();
    },
    invoke: async (request: InvokeRequest, peer: string) => {
      const args = decode(request.getArgs());
      const result = await provider.invoke(request.getTok(), args, scopes.get(peer));
      return new messages.InvokeResponse().setReturn(encode(result));
    },
  };
}

/** `urn:pulumi:stack::project::parent$type::name` -> type. */
export function tokenOf(urn: string): string {
  const types = urn.split("::")[2] ?? "";
  return types.slice(types.lastIndexOf("$") + 1);
}

/** The engine writes structured provider settings as JSON text. */
function parseConfig(config: Props): Props {
  // A preview may not know a setting yet; it is checked when it is known.
  const known = Object.entries(config).filter(([, value]) => !containsUnknown(value));
  const parse = (value: Props[string]): Props[string] => {
    if (typeof value !== "string" || !/^[[{"]/.test(value)) return value;
    try {
      return JSON.parse(value) as Props[string];
    } catch {
      return value;
    }
  };
  return Object.fromEntries(known.map(([key, value]) => [key, parse(value)]));
}

function namingOf(request: CheckRequest): Naming {
  const name = request.getUrn().split("::").slice(3).join("::");
  const seed = request.getRandomseed_asU8();
  const options = request.getAutonaming();
  if (options === undefined) return { name, seed };
  const { Mode } = messages.CheckRequest.AutonamingOptions;
  const modes = new Map<number, "propose" | "enforce" | "disable">([
    [Mode.PROPOSE, "propose"],
    [Mode.ENFORCE, "enforce"],
    [Mode.DISABLE, "disable"],
  ]);
  const mode = modes.get(options.getMode()) ?? "propose";
  return { name, seed, proposed: { mode, name: options.getProposedName() } };
}

function diffResponse({ changes, deleteBeforeReplace }: Difference) {
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const response = new messages.DiffResponse()
    .setChanges(changes.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setDiffsList([...new Set(changes.map(({ path }) => path.split(/[.[]/)[0] ?? path))])
    .setReplacesList(changes.filter(({ replaces }) => replaces).map(({ path }) => path))
    .setDeletebeforereplace(deleteBeforeReplace)
    .setHasdetaileddiff(true);
  const detailed = response.getDetaileddiffMap();
  for (const change of changes) {
    const diff = new messages.PropertyDiff().setKind(kindOf(change)).setInputdiff(true);
    detailed.set(change.path, diff);
  }
  return response;
}

function kindOf({ kind, replaces }: PropertyChange) {
  const { Kind } = messages.PropertyDiff;
  if (kind === "add") return replaces ? Kind.ADD_REPLACE : Kind.ADD;
  if (kind === "delete") return replaces ? Kind.DELETE_REPLACE : Kind.DELETE;
  return replaces ? Kind.UPDATE_REPLACE : Kind.UPDATE;
}

/** Another region or account means other resources; anything else is just a setting. */
function diffConfigResponse(changed: string[]) {
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const replaces = changed.filter((key) => ["region", "subscriptionId", "tenantId"].includes(key));
  return new messages.DiffResponse()
    .setChanges(changed.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setDiffsList(changed)
    .setReplacesList(replaces);
}
