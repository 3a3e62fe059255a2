import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { hashOf } from "@bilbycast/protocols/test-signal";
import { EdgeByLine, freePorts, waitFor } from "@bilbycast/testkit/peers";
import type { ManagedNode, Preset, PresetAction } from "@bilbycast/contracts/manager-api";
import type { ManagerApi } from "../stack/manager-api.ts";
import { Wire } from "./wire.ts";

/** Flows of each edge. */
export const FLOWS = ["main", "clean"] as const;
export type FlowName = (typeof FLOWS)[number];
const SOURCES = 4;
const PATIENCE_SECONDS = 60;

/** Name of a source, as it stands in its picture. */
export const sourceName = (source: number): string => `Camera ${source + 1}`;
export const sourceIdOf = (source: number): number => hashOf(sourceName(source));

/** An edge with live sources and edges that switch between them, all of them real, registered and online; a wire behind each output. */
export type Studio = {
  readonly nodes: readonly { readonly id: string; readonly name: string }[];
  /** By node and flow. */
  wireOf(nodeId: string, flow: FlowName): Wire;
  readonly wires: readonly Wire[];
  /** What a preset does that puts one source on `main` and one on `clean` of the nodes. */
  actions(main: number, clean: number, nodes?: readonly string[]): PresetAction[];
  /** Resolves when every output of the nodes shows it. */
  shows(preset: Pick<Preset, "actions">): Promise<void>;
  close(): Promise<void>;
};

export const openStudio = async (root: ManagerApi, groupId: string, folder: string, edges: number): Promise<Studio> => {
  const wires = new Map<string, Wire>();
  const first = await freePorts(edges * FLOWS.length * SOURCES);
  const portOf = (edge: number, flow: number, source: number): number => first + (edge * FLOWS.length + flow) * SOURCES + source;
  const running: EdgeByLine[] = [];
  const nodes: { id: string; name: string }[] = [];
  for (let edge = 0; edge < edges; edge++) {
    const name = `Truck ${edge + 1}`;
    const parts = await Promise.all(FLOWS.map(async (flow) => ({ flow, wire: await Wire.open() })));
    const node = await register(
      root,
      groupId,
      name,
      join(folder, `truck-${edge}`),
      targetOf(parts, (flow, source) => portOf(edge, flow, source)),
    );
    parts.forEach(({ flow, wire }) => wires.set(`${node.id}/${flow}`, wire));
    running.push(node.edge);
    nodes.push({ id: node.id, name });
  }
  const camera = await register(root, groupId, "Cameras", join(folder, "cameras"), camerasOf(edges, portOf));
  running.push(camera.edge);
  const wireOf = (nodeId: string, flow: FlowName): Wire => {
    const wire = wires.get(`${nodeId}/${flow}`);
    if (wire === undefined) {
      throw new TypeError(`no output of ${flow} on ${nodeId}`);
    }
    return wire;
  };
  const studio: Studio = {
    nodes,
    wireOf,
    wires: [...wires.values()],
    actions: (main, clean, on = nodes.map(({ id }) => id)) =>
      on.flatMap((nodeId) =>
        FLOWS.map((flow, i) => ({
          type: "activate_input" as const,
          node_id: nodeId,
          flow_id: flow,
          input_id: `${flow}-${i === 0 ? main : clean}`,
        })),
      ),
    shows: async ({ actions }) => {
      const isShown = (action: PresetAction): boolean =>
        action.type === "activate_input" &&
        wireOf(action.node_id, action.flow_id as FlowName).sourceId === sourceIdOf(Number(action.input_id.split("-")[1]));
      await waitFor("the pictures of the preset on every output", () => actions.every((action) => isShown(action)), PATIENCE_SECONDS);
    },
    close: async () => {
      await Promise.all(running.map((edge) => edge.stop()));
      [...wires.values()].forEach((wire) => wire.close());
    },
  };
  await studio.shows({ actions: studio.actions(0, 0) });
  return studio;
};

type Config = { inputs: object[]; outputs: object[]; flows: object[] };

const register = async (
  root: ManagerApi,
  groupId: string,
  name: string,
  folder: string,
  config: Config,
): Promise<{ id: string; edge: EdgeByLine }> => {
  const { enrolment, node } = await root.post<{ node: ManagedNode; enrolment: { start_command: string } }>("/nodes", {
    group_id: groupId,
    name,
  });
  mkdirSync(folder, { recursive: true });
  const edge = EdgeByLine.start(enrolment.start_command, join(folder, "edge"));
  await root.until<ManagedNode>(`${name} online`, `/nodes/${node.id}`, ({ status }) => status !== "pending" && status !== "offline");
  const { config: present, revision } = await root.get<{ config: object; revision: string }>(`/nodes/${node.id}/config`);
  await root.put(`/nodes/${node.id}/config`, { base_revision: revision, config: { ...present, ...config } });
  return { id: node.id, edge };
};

/** Two flows, each of which gets every source, and sends to its wire. */
const targetOf = (parts: readonly { flow: string; wire: Wire }[], portOf: (flow: number, source: number) => number): Config => ({
  inputs: parts.flatMap(({ flow }, i) =>
    Array.from({ length: SOURCES }, (_, source) => ({
      type: "udp",
      id: `${flow}-${source}`,
      name: sourceName(source),
      active: source === 0,
      bind_addr: `127.0.0.1:${portOf(i, source)}`,
    })),
  ),
  outputs: parts.map(({ flow, wire }) => ({ type: "udp", id: `${flow}-out`, name: `${flow} out`, dest_addr: `127.0.0.1:${wire.port}` })),
  flows: parts.map(({ flow }) => ({
    id: flow,
    name: flow === "main" ? "World feed" : "Clean feed",
    input_ids: Array.from({ length: SOURCES }, (_, source) => `${flow}-${source}`),
    output_ids: [`${flow}-out`],
    thumbnail_interval_secs: 60,
  })),
});

/** Each source to every flow of every edge. */
const camerasOf = (edges: number, portOf: (edge: number, flow: number, source: number) => number): Config => {
  const sources = Array.from({ length: SOURCES }, (_, source) => source);
  const sends = sources.map((source) =>
    Array.from({ length: edges }, (_, edge) =>
      FLOWS.map((flow, i) => ({ id: `${source}-${edge}-${flow}`, port: portOf(edge, i, source) })),
    ).flat(),
  );
  return {
    inputs: sources.map((source) => ({
      type: "test_pattern",
      id: `camera-${source}`,
      name: sourceName(source),
      screen_id: sourceName(source),
      width: 320,
      height: 180,
      fps: 25,
      video_bitrate_kbps: 400,
      audio_enabled: source % 2 === 0,
    })),
    outputs: sends.flat().map(({ id, port }) => ({ type: "udp", id, name: id, dest_addr: `127.0.0.1:${port}` })),
    flows: sources.map((source) => ({
      id: `camera-${source}`,
      name: sourceName(source),
      input_ids: [`camera-${source}`],
      output_ids: (sends[source] ?? []).map(({ id }) => id),
      thumbnail: false,
    })),
  };
};
