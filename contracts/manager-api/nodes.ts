import { z } from "zod";
import { permissionSchema, shareSchema } from "./access/roles.ts";
import { endpoint } from "./endpoint.ts";
import { groupId, paragraph, sought, time, uuid, words } from "./forms.ts";

/** `pending`: it was never here; `degraded` and `error` are what a node says of itself while it is here. */
export const NODE_STATUSES = ["pending", "online", "degraded", "error", "offline"] as const;
export const NETWORK_TYPES = ["nat", "public", "unknown"] as const;

export const nodeSchema = z
  .object({
    id: uuid,
    name: z.string(),
    description: z.string(),
    device_type: z.string(),
    owner_group_id: groupId,
    status: z.enum(NODE_STATUSES),
    status_since: time,
    last_seen_at: time.nullable(),
    software_version: z.string().nullable(),
    protocol_version: z.int().nullable(),
    capabilities: z.array(z.string()),
    expires_at: time.nullable(),
    web_ui_url: z.string().nullable(),
    network_type: z.enum(NETWORK_TYPES),
    network_zone: z.string().nullable(),
    has_token: z.boolean().describe("A registration token was given out and not used yet."),
    permission: permissionSchema.describe("What the caller may do with it."),
    is_shared: z.boolean().describe("The caller sees it by a share."),
    created_at: time,
    version: z.int(),
  })
  .meta({ id: "Node" });
export type ManagedNode = z.output<typeof nodeSchema>;

const webAddress = z
  .string()
  .max(2048)
  .regex(/^https?:\/\/[^\s\p{Cc}]+$/u, "http:// or https://, without spaces")
  .nullable();
const described = {
  name: words(128),
  description: paragraph(1_024).default(""),
  expires_at: time.nullable().default(null),
  web_ui_url: webAddress.default(null),
  network_type: z.enum(NETWORK_TYPES).default("nat"),
  network_zone: words(64).nullable().default(null),
};

/** How a node is told of its manager. The token is in no argument and in no address. */
export const enrolmentSchema = z
  .object({
    registration_token: z.string().describe("Shown this once; good for one registration."),
    expires_at: time,
    manager_url: z.string().describe("wss://…/ws/node"),
    cert_fingerprint: z
      .string()
      .nullable()
      .describe("SHA-256 of the manager's certificate, for nodes that cannot check its chain; null: its chain can be checked."),
    start_command: z.string().describe("One line for a shell on the node: the token comes by the environment."),
  })
  .meta({ id: "Enrolment" });

const params = z.object({ node_id: uuid });
const onNode = { params, target: { node: "params" } } as const;
const shareParams = z.object({ node_id: uuid, group_id: groupId });

export const deviceTypeSchema = z
  .object({
    device_type: z.string(),
    display_name: z.string(),
    supported_commands: z.array(
      z.object({
        name: z.string(),
        description: z.string(),
        requires_role: z.enum(["viewer", "operator", "admin"]),
        changes_config: z.boolean(),
      }),
    ),
    sections: z.array(z.string()).describe("Parts of the node's page that this kind of device fills."),
    topology: z.object({ icon: z.string(), list_in_topology: z.boolean() }),
  })
  .meta({ id: "DeviceType" });

export const NODE_ENDPOINTS = {
  deviceTypes: endpoint({
    method: "GET",
    path: "/device-types",
    act: "device_type.list",
    summary: "Kinds of devices and their commands",
    answer: z.object({ device_types: z.array(deviceTypeSchema) }),
  }),
  nodes: endpoint({
    method: "GET",
    path: "/nodes",
    act: "node.list",
    summary: "Nodes that the caller sees, by name",
    query: z.object({
      group_id: groupId.optional(),
      device_type: sought(64).optional(),
      capability: sought(64).optional(),
    }),
    answer: z.object({ nodes: z.array(nodeSchema) }),
  }),
  createNode: endpoint({
    method: "POST",
    path: "/nodes",
    act: "node.create",
    target: { group: "body" },
    summary: "Adds a node, which then registers by its token",
    body: z.object({ group_id: groupId, device_type: z.string().max(64).default("edge"), ...described }),
    answer: z.object({ node: nodeSchema, enrolment: enrolmentSchema }),
  }),
  node: endpoint({ method: "GET", path: "/nodes/:node_id", act: "node.read", ...onNode, summary: "One node", answer: nodeSchema }),
  updateNode: endpoint({
    method: "PUT",
    path: "/nodes/:node_id",
    act: "node.update",
    ...onNode,
    isVersioned: true,
    summary: "Changes what the manager knows of a node",
    body: z.object(described),
    answer: nodeSchema,
  }),
  deleteNode: endpoint({
    method: "DELETE",
    path: "/nodes/:node_id",
    act: "node.delete",
    ...onNode,
    summary: "Removes a node; it is refused from then on",
  }),
  nodeToken: endpoint({
    method: "POST",
    path: "/nodes/:node_id/token",
    act: "node.token",
    ...onNode,
    summary: "Gives out a new registration token; the node is pending until it registers",
    answer: enrolmentSchema,
    status: 200,
  }),
  rotateSecret: endpoint({
    method: "POST",
    path: "/nodes/:node_id/rotate-secret",
    act: "node.rotate_secret",
    ...onNode,
    summary: "Gives the node, which must be here, a new secret",
  }),
  transferNode: endpoint({
    method: "PUT",
    path: "/nodes/:node_id/owner-group",
    act: "node.transfer",
    ...onNode,
    summary: "Moves a node to a group that the caller administers too; every share of it ends",
    body: z.object({ new_group_id: groupId }),
    answer: nodeSchema,
  }),
  shares: endpoint({
    method: "GET",
    path: "/nodes/:node_id/shares",
    act: "node.share",
    ...onNode,
    summary: "With whom the node is shared",
    answer: z.object({ shares: z.array(shareSchema) }),
  }),
  setShare: endpoint({
    method: "PUT",
    path: "/nodes/:node_id/shares/:group_id",
    act: "node.share",
    target: { node: "params" },
    params: shareParams,
    summary: "Shares a node with another group",
    body: z.object({ permission: permissionSchema, expires_at: time.nullable().default(null) }),
    answer: shareSchema,
  }),
  removeShare: endpoint({
    method: "DELETE",
    path: "/nodes/:node_id/shares/:group_id",
    act: "node.share",
    target: { node: "params" },
    params: shareParams,
    summary: "Ends a share",
  }),
  nodeState: endpoint({
    method: "GET",
    path: "/nodes/:node_id/stats",
    act: "node.read",
    ...onNode,
    summary: "The node's newest statistics and health as it sent them",
    answer: z.object({
      stats: z.unknown().nullable(),
      stats_at: time.nullable(),
      health: z.unknown().nullable(),
      health_at: time.nullable(),
      metrics: z
        .array(z.object({ name: z.string(), value: z.number(), unit: z.string() }))
        .describe("As the driver of the device type draws them out."),
    }),
  }),
  flowPicture: endpoint({
    method: "GET",
    path: "/nodes/:node_id/flows/:flow_id/thumbnail",
    act: "node.picture",
    target: { node: "params" },
    params: z.object({ node_id: uuid, flow_id: z.string().max(64) }),
    summary: "The newest picture of a flow; ETag and Age tell which and how old",
    answer: z.unknown(),
    mediaType: "image/jpeg",
  }),
  inputPicture: endpoint({
    method: "GET",
    path: "/nodes/:node_id/inputs/:input_id/thumbnail",
    act: "node.picture",
    target: { node: "params" },
    params: z.object({ node_id: uuid, input_id: z.string().max(64) }),
    summary: "The newest picture of an input",
    answer: z.unknown(),
    mediaType: "image/jpeg",
  }),
  command: endpoint({
    method: "POST",
    path: "/nodes/:node_id/command",
    act: "node.command",
    ...onNode,
    bodyLimit: 51_200,
    summary: "Sends a command and waits for its acknowledgement; the driver may ask for more than operate",
    body: z.object({ action: z.looseObject({ type: z.string().min(1).max(64) }) }),
    answer: z.object({
      command_id: uuid,
      success: z.literal(true),
      data: z.unknown().optional(),
      change_id: uuid.nullable().describe("Of a command that changes the configuration: what is watched for 20 s."),
    }),
    status: 200,
  }),
} as const;
