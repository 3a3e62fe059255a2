import { readFileSync, readdirSync } from "node:fs";
import { isObject } from "@bilbycast/contracts/config";

/** Types of the guide that are not built yet. The list only shrinks: a test fails when one of them is built and still here. */
export const NOT_BUILT = [
  "bonded",
  "cmaf",
  "display",
  "hls",
  "replay",
  "rtsp",
  "st2110_30",
  "st2110_40",
  "test_pattern",
  "webrtc",
  "whep",
] as const;

/** The same of types whose outputs are built and whose inputs are not. */
export const NOT_BUILT_AS_INPUT: readonly string[] = ["rtmp"];

type Fields = Record<string, unknown>;

const FOLDER = new URL("./fixtures/guide/", import.meta.url);

export const guideExamples = (): string[] => readdirSync(FOLDER).toSorted();

/** An example of the guide as a whole configuration: what it leaves out around itself is put there. */
export const guideConfig = (name: string): Fields => {
  const example = JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) as Fields;
  const kind = name.split("-")[0];
  if (kind === "config") {
    return completed(example);
  }
  if (kind === "section") {
    return sectionConfig(example);
  }
  if (kind === "flow") {
    return { version: 1, flows: [example] };
  }
  if (kind === "block") {
    return blockConfig(example);
  }
  const part = { id: "part", name: "Part", ...example };
  const list = /-input-\d+\.json$/.test(name) ? "inputs" : "outputs";
  return { version: 2, [list]: [part] };
};

const flow = (id: string, more: Fields = {}): Fields => ({ id, name: id, ...more });

const completed = (example: Fields): Fields => {
  const groups = Array.isArray(example["flow_groups"]) ? (example["flow_groups"] as { flow_ids: string[] }[]) : [];
  const flows = (example["flows"] ?? groups.flatMap((group) => group.flow_ids.map((id) => flow(id)))) as Fields[];
  const named = flows.flatMap((entry) => (Array.isArray(entry["input_ids"]) ? (entry["input_ids"] as string[]) : []));
  const inputs = named.map((id, index) => ({ type: "udp", id, name: id, bind_addr: `127.0.0.1:${6000 + index}` }));
  return { version: 2, ...(inputs.length === 0 ? {} : { inputs }), ...example, flows };
};

const sectionConfig = (example: Fields): Fields => {
  if ("tls" in example || "auth" in example) {
    return { version: 2, server: example };
  }
  return "bandwidth_limit" in example ? { version: 2, flows: [flow("f", example)] } : { version: 2, ...example };
};

const blockConfig = (example: Fields): Fields => {
  const input = isObject(example["redundancy"])
    ? { type: "srt", mode: "listener", local_addr: "0.0.0.0:9000", ...example }
    : { type: "rtp", bind_addr: "0.0.0.0:5000", fec_decode: example };
  return { version: 2, inputs: [{ id: "part", name: "Part", ...input }] };
};
