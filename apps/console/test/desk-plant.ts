import type { Preset, PresetAction, SwitcherPage } from "@bilbycast/contracts/manager-api";
import { GROUP, plantNodes, uuid } from "./plant.ts";

// The desk of the console's pictures: five pages, sixty-four presets, MATCH on air.

const [MAN, AMS, NGA, LDN] = [1, 3, 5, 7];
export type Draft = Pick<Preset, "name" | "short_label" | "color" | "description" | "page_id" | "position" | "actions">;

const act = (node: number, flow: number, input: string, splice?: PresetAction["splice_mode_override"]): PresetAction => ({
  type: "activate_input",
  node_id: uuid(node),
  flow_id: `flow-${flow}`,
  input_id: input,
  ...(splice === undefined ? {} : { splice_mode_override: splice }),
});

/** What the flows carry at first: MATCH. */
export const ON_AIR: Readonly<Record<string, string>> = {
  [`${uuid(NGA)} flow-1`]: "cam-match",
  [`${uuid(NGA)} flow-2`]: "cam-match-clean",
  [`${uuid(LDN)} flow-1`]: "nga-dirty",
  [`${uuid(AMS)} flow-1`]: "nga-dirty",
  [`${uuid(LDN)} flow-2`]: "slate",
  [`${uuid(NGA)} flow-3`]: "evs-a",
};

/** Outputs of each flow. */
export const OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  [`${uuid(NGA)} flow-1`]: ["MCR main", "MCR backup", "EU direct"],
  [`${uuid(NGA)} flow-2`]: ["Clean feed"],
  [`${uuid(NGA)} flow-3`]: ["EVS return"],
  [`${uuid(LDN)} flow-1`]: ["UK main", "UK backup", "OTT"],
  [`${uuid(LDN)} flow-2`]: ["A", "B", "C", "D", "E", "F", "G", "H"],
  [`${uuid(AMS)} flow-1`]: ["EU main", "EU backup"],
};

export const FLOW_NAMES: Readonly<Record<string, string>> = {
  [`${uuid(NGA)} flow-1`]: "World feed dirty",
  [`${uuid(NGA)} flow-2`]: "Clean feed",
  [`${uuid(NGA)} flow-3`]: "EVS return",
  [`${uuid(LDN)} flow-1`]: "Programme UK",
  [`${uuid(LDN)} flow-2`]: "Slates",
  [`${uuid(AMS)} flow-1`]: "EU distribution",
};

const dirty = (input: string): PresetAction[] => [act(NGA, 1, input)];

const MATCH: [label: string, name: string, actions: PresetAction[]][] = [
  [
    "MATCH",
    "Camera 1, dirty",
    [act(NGA, 1, "cam-match"), act(NGA, 2, "cam-match-clean"), act(LDN, 1, "nga-dirty"), act(AMS, 1, "nga-dirty")],
  ],
  [
    "REPLAY A",
    "EVS A, HS cam 7",
    [
      act(NGA, 1, "evs-a", "pes_aligned"),
      act(NGA, 2, "evs-a-clean", "pes_aligned"),
      act(LDN, 1, "nga-evs-a", "pmt_bump"),
      act(AMS, 1, "nga-evs-a", "pes_aligned"),
    ],
  ],
  ["CLOSE", "Camera 2, tight", dirty("cam-2")],
  ["GOAL", "Goal line, far end", dirty("cam-goal")],
  ["AERIAL", "Drone, clean", dirty("drone")],
  ["CROWD", "Camera 6, north", dirty("cam-6")],
  ["BENCH", "Camera 5, dugout", dirty("cam-5")],
  ["TUNNEL", "Camera 9, tunnel", dirty("cam-9")],
  ["STUDIO", "London studio 1", dirty("studio-1")],
  ["INTERVW", "Flash position", dirty("flash")],
  ["SPLIT", "Studio + match", dirty("split")],
  ["LINE-UP", "Graphics full frame", dirty("gfx")],
  ["STINGER", "Transition, 1.2 s", dirty("stinger")],
  ["HBR LIVE", "Harbour Park feed", dirty("hbr")],
  ["COURT", "Arena 2, wide", dirty("court")],
  ["SPRINT", "Camera 3, touchline", dirty("cam-3")],
  ["BREAK", "Break slate, loop", dirty("slate")],
  ["CLEAN", "Match camera, clean", [act(NGA, 2, "cam-match-clean")]],
  ["REPLAY B", "EVS B, goal angle", dirty("evs-b")],
  ["HS CAM", "Camera 7, 300 fps", [act(NGA, 3, "evs-a"), act(NGA, 1, "cam-7")]],
  ["MAN REM", "Remote gallery", [act(MAN, 1, "gallery")]],
  ["BARS", "Line-up signal", dirty("bars")],
  ["EMERG", "Emergency loop, all", [act(NGA, 1, "loop"), act(LDN, 1, "loop"), act(LDN, 2, "loop")]],
];

const PAGES: [name: string, count: number, color: SwitcherPage["color"]][] = [
  ["Match", MATCH.length, "grey"],
  ["Studio", 18, "grey"],
  ["Breaks", 6, "grey"],
  ["Harbour", 14, "teal"],
  ["Emergency", 3, "grey"],
];

export const pageUuid = (n: number): string => uuid(20_000 + n);
export const presetUuid = (n: number): string => uuid(30_000 + n);

export const firstPages = (): Omit<SwitcherPage, "presets">[] =>
  PAGES.map(([name, , color], i) => ({
    id: pageUuid(i),
    group_id: GROUP,
    name,
    color,
    position: i,
    is_emergency: name === "Emergency",
    version: 1,
  }));

/** By id, in the order of the pages. */
export const firstDrafts = (): [id: string, draft: Draft][] => {
  const made: [string, Draft][] = [];
  PAGES.forEach(([page, count], p) => {
    for (let position = 0; position < count; position += 1) {
      const [label, name, actions] = (p === 0 ? MATCH[position] : undefined) ?? [
        `${page.slice(0, 4).toUpperCase()} ${position + 1}`,
        `${page}, source ${position + 1}`,
        dirty(`${page.toLowerCase()}-${position + 1}`),
      ];
      made.push([
        presetUuid(made.length),
        {
          name,
          short_label: label,
          color: p === 0 && position === 11 ? "violet" : "grey",
          description: "",
          page_id: pageUuid(p),
          position,
          actions,
        },
      ]);
    }
  });
  return made;
};

export const nodeName = (id: string): string => plantNodes().find((node) => node.id === id)?.name ?? "gone";
export const isAway = (id: string): boolean => plantNodes().find((node) => node.id === id)?.status === "offline";
