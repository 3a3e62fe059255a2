import type { Json } from "../../live/merge-patch.ts";
import { asOneOf, asText, asWhole, type Read } from "./option-readers.ts";
import { socketOf, type Address, type Reading } from "./reading.ts";

/** `rtmp://host/app/key`: the last step of the path is what the server knows the stream by, and stays secret. */
export const readRtmp = (address: Address): Reading => {
  const { scheme, host, port, path, query, user } = address;
  const steps = path.split("/").filter((step) => step !== "");
  const key = steps.length > 1 ? steps.pop() : undefined;
  const server = `${scheme}://${host.includes(":") ? `[${host}]` : host}${port === undefined ? "" : `:${port}`}/${steps.join("/")}`;
  const stream = key === undefined ? undefined : query === "" ? key : `${key}?${query}`;
  return {
    kind: "rtmp",
    fields: { dest_url: server, ...(stream === undefined ? {} : { stream_key: stream }) },
    said: [`${scheme.toUpperCase()} to ${host}`, stream === undefined ? "no stream key" : "with a stream key"],
    unused: [],
    notes: [
      ...(user === undefined || user === ""
        ? []
        : ["The user and password were left out: everybody who sees the configuration would see them."]),
      ...(stream === undefined ? ["The stream key is not in the address: write it below."] : []),
    ],
  };
};

type Option = { field: string; read: Read };

/** As librist's programs and ffmpeg name them. */
const RIST_OPTIONS: Readonly<Record<string, Option>> = {
  buffer: { field: "buffer_ms", read: asWhole },
  buffer_size: { field: "buffer_ms", read: asWhole },
  cname: { field: "cname", read: asText },
  bandwidth: { field: "max_bitrate_kbps", read: asWhole },
  secret: { field: "secret", read: asText },
  "aes-type": { field: "aes_key_len", read: asOneOf({ "128": 128, "256": 256 }) },
  encryption: { field: "aes_key_len", read: asOneOf({ "128": 128, "256": 256 }) },
  rist_profile: { field: "profile", read: asOneOf({ simple: "simple", main: "main", advanced: "advanced" }) },
  profile: { field: "profile", read: asOneOf({ "0": "simple", "1": "main", "2": "advanced", simple: "simple", main: "main" }) },
};

/** `rist://host:port?buffer=1000`; with `@` it listens. */
export const readRist = (address: Address, side: "input" | "output"): Reading => {
  const { host, port, user } = address;
  const isListening = user === "" || host === "" || host === "0.0.0.0" || host === "::";
  const fields: Record<string, Json> = isListening
    ? { bind_addr: socketOf(host, port) }
    : { [side === "input" ? "bind_addr" : "remote_addr"]: socketOf(host, port) };
  const unused: string[] = [];
  for (const [name, text] of address.options) {
    const value = RIST_OPTIONS[name]?.read(text);
    if (value === undefined) {
      unused.push(`${name}=${text}`);
    } else {
      fields[RIST_OPTIONS[name]?.field ?? name] = value;
    }
  }
  const { buffer_ms: buffer } = fields;
  const said = [`RIST ${isListening ? "listener" : "sender"}`, ...(buffer === undefined ? [] : [`buffer ${JSON.stringify(buffer)} ms`])];
  return { kind: "rist", fields, said, unused, notes: [] };
};
