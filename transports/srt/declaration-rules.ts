import { sharePort, type Problem } from "@bilbycast/engine/transport/declare";

export type Socket = {
  mode: string;
  local_addr?: string | undefined;
  remote_addr?: string | undefined;
  aes_key_len: number;
  crypto_mode?: string | undefined;
  packet_filter: string;
  stream_id: string;
};

const LIST = "#!::";

/** Rules between the fields of either half. */
export const checkSocket = (config: Socket): Problem[] => {
  const { mode, local_addr, remote_addr, aes_key_len, crypto_mode, packet_filter, stream_id } = config;
  const problems: Problem[] = [];
  const rule = (holds: boolean, field: string, message: string): void => {
    if (!holds) {
      problems.push({ path: [field], message });
    }
  };
  rule(mode === "caller" || local_addr !== undefined, "local_addr", `is where a ${mode} is found`);
  rule(mode === "listener" || remote_addr !== undefined, "remote_addr", `is whom a ${mode} calls`);
  rule(mode !== "listener" || remote_addr === undefined, "remote_addr", "is nobody for a listener: leave it out");
  rule(remote_addr === undefined || local_addr !== remote_addr, "remote_addr", "must be another address than local_addr");
  rule(isOneFamily(local_addr, remote_addr), "local_addr", "must be of the same family as remote_addr");
  rule(crypto_mode !== "aes-gcm" || aes_key_len !== 24, "aes_key_len", "must be 16 or 32 with aes-gcm");
  rule(mode !== "listener" || isStreamId(stream_id), "stream_id", "must be a name, or a list like #!::r=name,m=publish,u=user");
  rule(mode !== "rendezvous" || packet_filter === "", "packet_filter", "is not for a rendezvous");
  return problems;
};

/** Free text, or a list of keys with a value each; as `readStreamId` of the protocol reads it. */
const isStreamId = (text: string): boolean => {
  const pairs = text.slice(LIST.length).split(",");
  const isList =
    pairs.every((pair) => /^[\w-]{1,64}=/.test(pair)) && new Set(pairs.map((pair) => pair.split("=")[0])).size === pairs.length;
  return !/\p{Cc}/u.test(text) && (text.startsWith(LIST) ? isList && pairs.length <= 32 : !text.startsWith("#!:{"));
};

const isOneFamily = (left: string | undefined, right: string | undefined): boolean =>
  left === undefined || right === undefined || left.startsWith("[") === right.startsWith("[");

type Leg = Omit<Socket, "packet_filter">;
export type Legs = Socket & { redundancy?: Leg | undefined };

/** Rules between the fields of the second leg, and between the two. */
export const checkLegs = (config: Legs): Problem[] => {
  const { redundancy: second, packet_filter } = config;
  if (second === undefined) {
    return [];
  }
  const at = (field: string, message: string): Problem => ({ path: ["redundancy", field], message });
  const problems = checkSocket({ ...second, packet_filter }).map(({ path, ...rest }) => ({
    ...rest,
    path: path[0] === "packet_filter" ? path : ["redundancy", ...path],
  }));
  if (sharePort(config.local_addr, second.local_addr)) {
    problems.push(at("local_addr", "must differ from local_addr of the first leg in its address or its port"));
  }
  if (second.remote_addr !== undefined && second.remote_addr === config.remote_addr && second.local_addr === config.local_addr) {
    problems.push(at("remote_addr", "must differ from remote_addr of the first leg, or be called from another local_addr"));
  }
  return problems;
};

export type Carriage = {
  transport_mode: string;
  packet_filter: string;
  redundancy?: object | undefined;
  program_number?: number | undefined;
};

/** Audio by ST 302 stands for itself. */
export const checkCarriage = ({ transport_mode, packet_filter, redundancy, program_number }: Carriage): Problem[] => {
  const excluded = {
    packet_filter: packet_filter !== "",
    redundancy: redundancy !== undefined,
    program_number: program_number !== undefined,
  };
  return transport_mode === "ts"
    ? []
    : Object.entries(excluded).flatMap(([field, isThere]) =>
        isThere ? [{ path: [field], message: "must be left out with transport_mode audio_302m" }] : [],
      );
};

/** No input of this version gives samples, and no decoder makes them of a stream. */
export const checkSource = ({ transport_mode }: Carriage): Problem[] =>
  transport_mode === "ts"
    ? []
    : [
        {
          path: ["transport_mode"],
          code: "audio_302m_no_source",
          message: "must be ts: nothing in this version gives an output the samples that audio_302m is made of",
        },
      ];

type Latencies = { latency_ms: number; recv_latency_ms?: number | undefined };
type Differential = Latencies & { redundancy?: (Latencies & { path_differential_ms?: number | undefined }) | undefined };

export const warnDifferential = ({ redundancy, ...first }: Differential): Problem[] => {
  const patience = ({ latency_ms, recv_latency_ms = latency_ms }: Latencies): number => recv_latency_ms;
  const differ = redundancy === undefined ? 0 : Math.abs(patience(first) - patience(redundancy));
  return (redundancy?.path_differential_ms ?? Infinity) > differ
    ? []
    : [
        {
          path: ["redundancy", "path_differential_ms"],
          message: `should be more than ${differ}, by which the latencies of the legs differ: the later leg cannot make up for the earlier one`,
        },
      ];
};
