import assert from "node:assert/strict";
import { effectOf, observedIn } from "@bilbycast/testkit/conformance";
import { inputContext, outputContext } from "@bilbycast/testkit/lane-context";
import { HeapMemory } from "@bilbycast/testkit/memory";
import { seeded } from "@bilbycast/testkit/random";
import { bondedSockets } from "./bonded-sockets.ts";
import { declaration } from "./declaration.ts";
import { openInput } from "./input.ts";
import { secondLegOf } from "./legs.ts";
import { openOutput } from "./output.ts";
import { inputSettings, outputSettings } from "./settings.ts";

const TRANSPORT = "transports/srt/srt.test.ts";
const OPTIONS = "protocols/srt/test/options.test.ts";
const CONNECTION = "protocols/srt/test/connection.test.ts";
const SECURITY = "protocols/srt/test/security-handshake.test.ts";
const FEC = "protocols/srt/test/fec.test.ts";
const BONDING = "transports/srt/bonding.test.ts";
const TS_OUTPUT = "transports/udp/effects.test.ts";

const LISTENER = { mode: "listener", local_addr: "127.0.0.1:0" };

/** What an input, and an output, ask of their sockets. */
const asked = (config: Record<string, unknown>) => {
  const memory = new HeapMemory(64 * 1_024 * 1_024);
  const input = inputContext(declaration, memory);
  const output = outputContext(declaration, memory, seeded(1));
  openInput(declaration.input.parse({ ...LISTENER, ...config }), input.context);
  openOutput(declaration.output.parse({ ...LISTENER, ...config }), output.context);
  return { input: input.opened[0]?.options, output: output.opened[0]?.options };
};

/** The machine's settings, whose effects the protocol's own tests observe. */
const settings = (config: Record<string, unknown>) => ({
  input: inputSettings(declaration.input.parse({ ...LISTENER, ...config })),
  output: outputSettings(declaration.output.parse({ ...LISTENER, ...config })),
});

/** Both halves say the same to the machine. */
const tells = (config: Record<string, unknown>, expected: object) => (): void => {
  const { input, output } = settings(config);
  for (const half of [input, output]) {
    assert.deepEqual({ ...half, ...expected }, half);
  }
};

/** The output says it to the machine. */
const outputTells = (config: Record<string, unknown>, expected: object) => (): void => {
  const { output } = settings(config);
  assert.deepEqual({ ...output, ...expected }, output);
};

const SECOND = { mode: "caller", remote_addr: "127.0.0.1:9001" };

/** What the second leg of each half tells its machine, where the first says something else. */
const legTells = (config: Record<string, unknown>, expected: object) => (): void => {
  const whole = { ...LISTENER, latency_ms: 77, passphrase: "of the first leg", redundancy: { ...SECOND, ...config } };
  const input = secondLegOf(declaration.input.parse(whole));
  const output = secondLegOf(declaration.output.parse(whole));
  assert.ok(input !== undefined && output !== undefined);
  for (const half of [inputSettings(input), outputSettings(output)]) {
    assert.deepEqual({ ...half, ...expected }, half);
  }
};

effectOf("input.ip_tos", "the code point that its socket is asked for", () => {
  assert.equal(asked({ ip_tos: 0xb8 }).input?.dscp, 46);
  assert.equal(asked({}).input?.dscp, undefined);
});
effectOf("output.ip_tos", "the code point that its socket is asked for", () => {
  assert.equal(asked({ ip_tos: 0xb8 }).output?.dscp, 46);
});
effectOf("input.ip_ttl", "the hops that its socket is asked for", () => {
  assert.equal(asked({ ip_ttl: 9 }).input?.ttl, 9);
});
effectOf("output.ip_ttl", "the hops that its socket is asked for", () => {
  assert.equal(asked({ ip_ttl: 9 }).output?.ttl, 9);
});
observedIn("input.mode", TRANSPORT, "a flow receives over SRT as ");
observedIn("output.mode", TRANSPORT, "a flow sends over SRT as ");
observedIn("input.local_addr", TRANSPORT, "a flow receives over SRT as ");
observedIn("output.local_addr", TRANSPORT, "a flow sends over SRT as ");
observedIn("input.remote_addr", TRANSPORT, "a flow receives over SRT as ");
observedIn("output.remote_addr", TRANSPORT, "a flow sends over SRT as ");
observedIn("input.passphrase", TRANSPORT, "a wrong passphrase is an event, told once");
observedIn("output.passphrase", TRANSPORT, "a flow sends over SRT as ");
observedIn("input.latency_ms", CONNECTION, "latency is what the more patient side wants");
observedIn("output.latency_ms", CONNECTION, "latency is what the more patient side wants");
effectOf(
  "input.recv_latency_ms",
  "its own receiver's latency",
  tells({ recv_latency_ms: 333 }, { receiveLatencyMs: 333, peerLatencyMs: 120 }),
);
effectOf(
  "output.recv_latency_ms",
  "its own receiver's latency",
  tells({ recv_latency_ms: 333 }, { receiveLatencyMs: 333, peerLatencyMs: 120 }),
);
effectOf("input.peer_latency_ms", "the other's latency", tells({ peer_latency_ms: 444 }, { receiveLatencyMs: 120, peerLatencyMs: 444 }));
effectOf("output.peer_latency_ms", "the other's latency", tells({ peer_latency_ms: 444 }, { receiveLatencyMs: 120, peerLatencyMs: 444 }));
effectOf("input.peer_idle_timeout_secs", "how long silence lasts", tells({ peer_idle_timeout_secs: 7 }, { idleTimeout: 7_000_000 }));
effectOf("output.peer_idle_timeout_secs", "how long silence lasts", tells({ peer_idle_timeout_secs: 7 }, { idleTimeout: 7_000_000 }));
effectOf("input.connect_timeout_secs", "how long a call lasts", tells({ connect_timeout_secs: 7 }, { connectTimeout: 7_000_000 }));
effectOf("output.connect_timeout_secs", "how long a call lasts", tells({ connect_timeout_secs: 7 }, { connectTimeout: 7_000_000 }));
effectOf("input.aes_key_len", "bytes of the key", tells({ aes_key_len: 32 }, { keyLength: 32 }));
effectOf("output.aes_key_len", "bytes of the key", tells({ aes_key_len: 32 }, { keyLength: 32 }));
effectOf("input.crypto_mode", "the cipher", tells({ crypto_mode: "aes-gcm" }, { cipherMode: "gcm" }));
effectOf("output.crypto_mode", "the cipher", tells({ crypto_mode: "aes-ctr" }, { cipherMode: "ctr" }));
observedIn("input.enforced_encryption", CONNECTION, "without encryption enforced, what cannot be decrypted is counted");
effectOf("output.enforced_encryption", "who is refused", tells({ enforced_encryption: false }, { enforcedEncryption: false }));
observedIn("input.stream_id", CONNECTION, "another stream ID");
effectOf("output.stream_id", "what is asked for", tells({ stream_id: "live/1" }, { streamId: "live/1" }));
observedIn("input.packet_filter", FEC, "filters that contradict each other are refused by name");
effectOf("output.packet_filter", "what is sent beside the stream", tells({ packet_filter: "fec,cols:5" }, { filter: "fec,cols:5" }));
observedIn("input.flight_flag_size", OPTIONS, "flowWindow: no more packets are under way than the receiver allows");
effectOf("output.flight_flag_size", "packets under way", tells({ flight_flag_size: 99 }, { flowWindow: 99 }));
observedIn("input.mss", SECURITY, "with packets too small for a handshake");
observedIn("output.mss", OPTIONS, "payloadSize and mss: a longer unit does not leave, and is counted");
observedIn("input.tlpkt_drop", OPTIONS, "tooLateDrop off: a gap is waited for, however late it closes");
observedIn("output.tlpkt_drop", OPTIONS, "tooLateDrop off: a gap is waited for, however late it closes");
effectOf("input.loss_max_ttl", "how long a gap is not reported", () => {
  assert.equal(settings({ loss_max_ttl: 8 }).input.reorderTolerance, 8);
});
effectOf("input.recv_buffer_size", "packets, rounded up", () => {
  assert.equal(settings({ recv_buffer_size: 100 }).input.receiveBuffer, 128);
  assert.equal(settings({}).input.receiveBuffer, 4_096);
});
effectOf("output.send_buffer_size", "packets, rounded up", outputTells({ send_buffer_size: 100 }, { sendBuffer: 128 }));
observedIn(
  "output.lanes",
  "transports/srt/lanes.test.ts",
  "callers of one port are shared by the lanes, and each gets the stream byte for byte",
);
observedIn("output.max_connections", SECURITY, "a caller beyond the places there are is refused while the others live, and says so");
effectOf("output.max_bw", "the rate that packets leave at", outputTells({ max_bw: 1_000_000 }, { maxBandwidth: 1_000_000 }));
effectOf(
  "output.input_bw",
  "the rate that is added to",
  outputTells({ max_bw: 0, input_bw: 5_000 }, { maxBandwidth: 0, inputBandwidth: 5_000 }),
);
effectOf("output.overhead_bw", "what is added to the input's rate", outputTells({ overhead_bw: 50 }, { overhead: 50 }));
effectOf("output.max_rexmit_bw", "the rate of what is sent again", outputTells({ max_rexmit_bw: 0 }, { maxRetransmitBandwidth: 0 }));
effectOf(
  "output.retransmit_algo",
  "how often a packet is sent again",
  outputTells({ retransmit_algo: "default" }, { retransmission: "default" }),
);
effectOf("output.send_drop_delay", "when a packet is given up", outputTells({ send_drop_delay: -1 }, { sendDropDelayMs: -1 }));
effectOf(
  "output.km_refresh_rate",
  "packets of a key",
  outputTells({ km_refresh_rate: 9_000, km_pre_announce: 100 }, { refreshRate: 9_000 }),
);
effectOf("output.km_pre_announce", "when the next key is told", outputTells({ km_pre_announce: 100 }, { preAnnounce: 100 }));
observedIn("output.payload_size", OPTIONS, "payloadSize and mss: a longer unit does not leave, and is counted");
observedIn("output.program_number", TS_OUTPUT, "the only program that is sent");
observedIn("output.pid_overrides", TS_OUTPUT, "the PIDs that a program's map and streams leave under");
observedIn("output.pid_map", TS_OUTPUT, "the PIDs that others become");
observedIn("output.cbr_pad_to_kbps", TS_OUTPUT, "null packets make up the rate");

const LEGS = "transports/srt/two-legs.test.ts";
const NETWORK = "transports/srt/two-legs-network.test.ts";
observedIn("input.redundancy.mode", LEGS, "edge to edge over a caller and a listener");
observedIn("input.redundancy.local_addr", LEGS, "edge to edge over a caller and a listener");
observedIn("input.redundancy.remote_addr", LEGS, "edge to edge over a caller and a listener");
effectOf(
  "input.redundancy.latency_ms",
  "what the second leg tells its machine",
  legTells({ latency_ms: 333 }, { receiveLatencyMs: 333, peerLatencyMs: 333 }),
);
effectOf(
  "input.redundancy.recv_latency_ms",
  "what the second leg tells its machine",
  legTells({ recv_latency_ms: 444 }, { receiveLatencyMs: 444, peerLatencyMs: 120 }),
);
effectOf(
  "input.redundancy.peer_latency_ms",
  "what the second leg tells its machine",
  legTells({ peer_latency_ms: 555 }, { receiveLatencyMs: 120, peerLatencyMs: 555 }),
);
effectOf(
  "input.redundancy.peer_idle_timeout_secs",
  "what the second leg tells its machine",
  legTells({ peer_idle_timeout_secs: 7 }, { idleTimeout: 7_000_000 }),
);
effectOf(
  "input.redundancy.connect_timeout_secs",
  "what the second leg tells its machine",
  legTells({ connect_timeout_secs: 8 }, { connectTimeout: 8_000_000 }),
);
effectOf(
  "input.redundancy.aes_key_len",
  "what the second leg tells its machine",
  legTells({ aes_key_len: 24 }, { keyLength: 24, passphrase: undefined }),
);
effectOf(
  "input.redundancy.crypto_mode",
  "what the second leg tells its machine",
  legTells({ crypto_mode: "aes-gcm" }, { cipherMode: "gcm" }),
);
effectOf(
  "input.redundancy.enforced_encryption",
  "what the second leg tells its machine",
  legTells({ enforced_encryption: false }, { enforcedEncryption: false }),
);
effectOf("input.redundancy.stream_id", "what the second leg tells its machine", legTells({ stream_id: "live/2" }, { streamId: "live/2" }));
observedIn("input.redundancy.passphrase", NETWORK, "legs of different latency and encryption make one stream");
observedIn("output.redundancy.mode", LEGS, "edge to edge over a caller and a listener");
observedIn("output.redundancy.local_addr", LEGS, "edge to edge over a caller and a listener");
observedIn("output.redundancy.remote_addr", LEGS, "edge to edge over a caller and a listener");
effectOf(
  "output.redundancy.latency_ms",
  "what the second leg tells its machine",
  legTells({ latency_ms: 333 }, { receiveLatencyMs: 333, peerLatencyMs: 333 }),
);
effectOf(
  "output.redundancy.recv_latency_ms",
  "what the second leg tells its machine",
  legTells({ recv_latency_ms: 444 }, { receiveLatencyMs: 444, peerLatencyMs: 120 }),
);
effectOf(
  "output.redundancy.peer_latency_ms",
  "what the second leg tells its machine",
  legTells({ peer_latency_ms: 555 }, { receiveLatencyMs: 120, peerLatencyMs: 555 }),
);
effectOf(
  "output.redundancy.peer_idle_timeout_secs",
  "what the second leg tells its machine",
  legTells({ peer_idle_timeout_secs: 7 }, { idleTimeout: 7_000_000 }),
);
effectOf(
  "output.redundancy.connect_timeout_secs",
  "what the second leg tells its machine",
  legTells({ connect_timeout_secs: 8 }, { connectTimeout: 8_000_000 }),
);
effectOf(
  "output.redundancy.aes_key_len",
  "what the second leg tells its machine",
  legTells({ aes_key_len: 24 }, { keyLength: 24, passphrase: undefined }),
);
effectOf(
  "output.redundancy.crypto_mode",
  "what the second leg tells its machine",
  legTells({ crypto_mode: "aes-gcm" }, { cipherMode: "gcm" }),
);
effectOf(
  "output.redundancy.enforced_encryption",
  "what the second leg tells its machine",
  legTells({ enforced_encryption: false }, { enforcedEncryption: false }),
);
effectOf("output.redundancy.stream_id", "what the second leg tells its machine", legTells({ stream_id: "live/2" }, { streamId: "live/2" }));
observedIn("output.redundancy.passphrase", NETWORK, "legs of different latency and encryption make one stream");
observedIn("input.redundancy.path_differential_ms", NETWORK, "and 100 ms skew: lost is only what both lost");
observedIn("input.transport_mode", "apps/edge/test/s302m-watch.test.ts", "an input that is to carry ST 302 audio");
observedIn("output.transport_mode", "transports/srt/two-legs-rules.test.ts", "an output of samples is refused by its field");
const ENDPOINTS = [
  { addr: "127.0.0.2:9000", local_addr: "127.0.0.1:7001", weight: 7 },
  { addr: "127.0.0.3:9000", local_addr: "127.0.0.1:7002" },
];

/** The sockets that each half of a group asks for. */
const links = () => {
  const memory = new HeapMemory(128 * 1_024 * 1_024);
  const config = { mode: "caller", bonding: { mode: "backup", endpoints: ENDPOINTS } };
  const input = inputContext(declaration, memory);
  const output = outputContext(declaration, memory, seeded(1));
  openInput(declaration.input.parse(config), input.context);
  openOutput(declaration.output.parse(config), output.context);
  return { input: input.opened.map(({ options }) => options), output: output.opened.map(({ options }) => options) };
};

effectOf("input.bonding.endpoints", "a socket for each link", () => assert.equal(links().input.length, 2));
effectOf("output.bonding.endpoints", "a socket for each link", () => assert.equal(links().output.length, 2));
effectOf("input.bonding.endpoints.addr", "whom each link calls", () => {
  assert.deepEqual(
    links().input.map(({ to }) => to),
    ["127.0.0.2:9000", "127.0.0.3:9000"],
  );
});
effectOf("output.bonding.endpoints.addr", "whom each link calls", () => {
  assert.deepEqual(
    links().output.map(({ to }) => to),
    ["127.0.0.2:9000", "127.0.0.3:9000"],
  );
});
effectOf("input.bonding.endpoints.local_addr", "where each link calls from", () => {
  assert.deepEqual(
    links().input.map(({ bind }) => bind),
    ["127.0.0.1:7001", "127.0.0.1:7002"],
  );
});
effectOf("output.bonding.endpoints.local_addr", "where each link calls from", () => {
  assert.deepEqual(
    links().output.map(({ bind }) => bind),
    ["127.0.0.1:7001", "127.0.0.1:7002"],
  );
});
observedIn("input.bonding.mode", BONDING, "an input listens for links, ");
observedIn("output.bonding.mode", BONDING, "an output calls by two links, ");
effectOf("input.bonding.endpoints.weight", "what the link says that it weighs", () => {
  const bonded = {
    mode: "backup" as const,
    endpoints: declaration.input.parse({ mode: "caller", bonding: { mode: "backup", endpoints: ENDPOINTS } }).bonding?.endpoints,
  };
  const { context } = inputContext(declaration, new HeapMemory(1_024 * 1_024));
  assert.deepEqual(
    bondedSockets({ mode: "caller", bonding: bonded }, context).map(({ socket }) => socket.weight),
    [7, 0],
  );
});
observedIn("output.bonding.endpoints.weight", BONDING, "an output calls by two links, ");
