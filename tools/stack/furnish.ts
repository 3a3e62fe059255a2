import type { ManagedNode } from "@bilbycast/contracts/manager-api";
import type { ManagerApi } from "./manager-api.ts";

/** What pages of a manager can show, by the ids that are in their addresses. */
export type Furnished = { nodeId: string; alarmId: string; userId: string; groupId: string; snapshotId: string };

/** Gives a fresh manager what one that is lived in has: people, a tenant, a node that was never here, a change of a flow, a token, alarms. */
export const furnish = async (api: ManagerApi): Promise<Furnished> => {
  const { nodes } = await api.until<{ nodes: ManagedNode[] }>("the node", "/nodes", (body) => body.nodes[0]?.status === "online");
  const nodeId = nodes[0]?.id ?? "";
  const { id: groupId } = await api.post<{ id: string }>("/groups", { slug: "meridian", name: "Meridian Sport", brand_color: "#3a7bd5" });
  await api.post("/nodes", { group_id: groupId, name: "MER-OB4", description: "Meridian, truck 4" });
  const person = { group_id: groupId, role: "operator", username: "t.okafor", password: "First-Password-1", display_name: "Tunde Okafor" };
  const { id: userId } = await api.post<{ id: string }>("/users", { ...person, email: "t.okafor@example.com" });
  await api.post("/auth/tokens", { name: "Newsroom", role: "viewer", expires_in_days: 90 });
  await renameFlow(api, nodeId);
  const { alarms } = await api.until<{ alarms: { id: string }[] }>("an alarm", "/alarms", (body) => body.alarms.length > 0);
  const { snapshots } = await api.until<{ snapshots: { id: string }[] }>(
    "two configurations",
    `/nodes/${nodeId}/config-history`,
    (body) => body.snapshots.length > 1,
  );
  await api.picture(nodeId, "studio");
  return { nodeId, groupId, userId, alarmId: alarms[0]?.id ?? "", snapshotId: snapshots.at(-1)?.id ?? "" };
};

const renameFlow = async (api: ManagerApi, nodeId: string): Promise<void> => {
  const { config, revision } = await api.get<{ config: { flows: { id: string }[] }; revision: string }>(`/nodes/${nodeId}/config`);
  const flows = config.flows.map((flow) => (flow.id === "studio" ? { ...flow, name: "Studio, programme" } : flow));
  await api.put(`/nodes/${nodeId}/config`, { base_revision: revision, config: { ...config, flows } });
};
