import { join } from "node:path";
import { EdgeByLine } from "@bilbycast/testkit/peers";
import type { ManagedNode } from "@bilbycast/contracts/manager-api";
import { ManagerApi } from "./manager-api.ts";

const FIRST_PASSWORD = "First-Password-1";
const PASSWORD = "Second-Password-2";

/** A group, its admin, and a node of its own with a flow that carries a picture. */
export type Tenant = {
  groupId: string;
  groupName: string;
  username: string;
  userId: string;
  password: string;
  nodeId: string;
  nodeName: string;
  flowId: string;
  flowName: string;
};

/** The first tenant: the group and the node that are there from the beginning. Its admin has chosen a password already. */
export const firstTenant = async (root: ManagerApi, address: string): Promise<Tenant> => {
  const node = await root.until<{ nodes: ManagedNode[] }>("the first node", "/nodes", ({ nodes }) => nodes[0]?.status === "online");
  const groupId = node.nodes[0]?.owner_group_id ?? "";
  const { name: groupName } = await root.get<{ name: string }>(`/groups/${groupId}`);
  const userId = await addAdmin(root, groupId, "n.orth", "Nadia Orth");
  await choosePassword(address, "n.orth", PASSWORD);
  const { id: nodeId = "", name: nodeName = "" } = node.nodes[0] ?? {};
  return { groupId, groupName, username: "n.orth", userId, password: PASSWORD, nodeId, nodeName, flowId: "studio", flowName: "Studio" };
};

/** The second one: it comes later, and its admin has never been here. */
export const secondTenant = async (root: ManagerApi, folder: string): Promise<{ tenant: Tenant; edge: EdgeByLine }> => {
  const groupName = "Southern Circuit";
  const { id: groupId } = await root.post<{ id: string }>("/groups", { slug: "southern", name: groupName });
  const userId = await addAdmin(root, groupId, "s.outh", "Sol Outh");
  const nodeName = "CAPE-REMOTE9";
  const { enrolment, node } = await root.post<{ node: ManagedNode; enrolment: { start_command: string } }>("/nodes", {
    group_id: groupId,
    name: nodeName,
  });
  const edge = EdgeByLine.start(enrolment.start_command, join(folder, "south"));
  await root.until<ManagedNode>("the second node", `/nodes/${node.id}`, ({ status }) => status === "online");
  const { config, revision } = await root.get<{ config: Record<string, unknown>; revision: string }>(`/nodes/${node.id}/config`);
  const inputs = [{ type: "test_pattern", id: "lighthouse", name: "Lighthouse" }];
  const flows = [{ id: "regatta", name: "Regatta", input_ids: ["lighthouse"], output_ids: [] }];
  await root.put(`/nodes/${node.id}/config`, { base_revision: revision, config: { ...config, inputs, flows } });
  const tenant = { groupId, groupName, username: "s.outh", userId, password: FIRST_PASSWORD, nodeId: node.id, nodeName };
  return { tenant: { ...tenant, flowId: "regatta", flowName: "Regatta" }, edge };
};

const addAdmin = async (root: ManagerApi, groupId: string, username: string, name: string): Promise<string> => {
  const { id } = await root.post<{ id: string }>("/users", {
    group_id: groupId,
    role: "admin",
    username,
    password: FIRST_PASSWORD,
    display_name: name,
    email: null,
  });
  return id;
};

const choosePassword = async (address: string, username: string, password: string): Promise<void> => {
  const api = await ManagerApi.logIn(address, username, FIRST_PASSWORD);
  await api.post("/auth/change-password", { current_password: FIRST_PASSWORD, new_password: password });
  await api.close();
};

/** Words by which a tenant would be known in an answer to somebody else. */
export const marksOf = ({ groupId, groupName, nodeId, nodeName, userId, username, flowName }: Tenant): string[] => [
  groupId,
  groupName,
  nodeId,
  nodeName,
  userId,
  username,
  `"${flowName}"`,
];
