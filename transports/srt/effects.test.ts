import assert from "node:assert/strict";
import { effectOf, observedIn } from "@bilbycast/testkit/conformance";
import { inputContext, outputContext } from "@bilbycast/testkit/lane-context";
import { HeapMemory } from "@bilbycast/testkit/memory";
import { seeded } from "@bilbycast/testkit/random";
import { declaration } from "./declaration.ts";
import { openInput } from "./input.ts";
import { openOutput } from "./output.ts";
import { inputSettings, outputSettings } from "./settings.ts";

const TRANSPORT = "transports/srt/srt.test.ts";
const OPTIONS = "protocols/srt/test/options.test.ts";
const CONNECTION = "protocols/srt/test/connection.test.ts";
const SECURITY = "protocols/srt/test/security-handshake.test.ts";
const FEC = "protocols/srt/test/fec.test.ts";
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
