import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig, migrate, type ConfigProblem } from "@bilbycast/contracts/config";
import { declarations } from "@bilbycast/transports/declarations";

type Fields = Record<string, unknown>;

/** The document, the fields that are named with their codes, and a word that the sentence must have. */
type Wrong = [document: Fields, expected: string | string[], words?: string];

/** A bullet of the configuration guide, word for word, with its line there, and documents that break it. */
type Row = [line: number, bullet: string, ...wrong: Wrong[]];

const UUID = "a1b2c3d4-e5f6-7890-abcd-ef1234567890";
const KEY = "0123456789abcdef".repeat(4);

const head = (more: Fields): Fields => ({ version: 2, ...more });
const input = (type: string, more: Fields): Fields => head({ inputs: [{ type, id: "a", name: "A", bind_addr: "0.0.0.0:5000", ...more }] });
const output = (type: string, more: Fields): Fields =>
  head({ outputs: [{ type, id: "a", name: "A", dest_addr: "10.0.0.1:5000", ...more }] });
const srt = (more: Fields): Fields =>
  head({ inputs: [{ type: "srt", id: "a", name: "A", mode: "listener", local_addr: "0.0.0.0:9000", ...more }] });
const manager = (more: Fields): Fields => head({ manager: { enabled: true, urls: ["wss://manager:8443/ws/node"], ...more } });
const relay = (more: Fields): Fields =>
  head({
    tunnels: [
      {
        id: UUID,
        name: "T",
        protocol: "udp",
        mode: "relay",
        direction: "egress",
        local_addr: "0.0.0.0:9000",
        relay_addrs: ["relay:4433"],
        tunnel_encryption_key: KEY,
        ...more,
      },
    ],
  });
const direct = (direction: string, more: Fields): Fields => relay({ mode: "direct", direction, relay_addrs: [], ...more });

const ROWS: readonly Row[] = [
  [
    194,
    "The monitor address must differ from the API server address (same IP + same port is rejected).",
    [
      head({ server: { listen_port: 9090 }, monitor: { listen_addr: "127.0.0.1", listen_port: 9090 } }),
      "monitor.listen_port port_conflict",
    ],
    [head({ server: { listen_addr: "0.0.0.0" }, monitor: { listen_addr: "::1", listen_port: 8080 } }), "monitor.listen_port port_conflict"],
  ],
  [
    221,
    "url must start with wss:// (plaintext ws:// is rejected).",
    [manager({ urls: ["ws://manager:8443/ws/node"] }), "manager.urls[0] field_value", "wss://"],
    [manager({ urls: [] }), "manager.urls field_required"],
    [manager({ urls: ["wss://a/", "wss://a/"] }), "manager.urls[1] url_taken"],
    [manager({ urls: Array.from({ length: 17 }, (_, i) => `wss://m${i}/`) }), "manager.urls field_range", "16"],
  ],
  [222, "url max 2048 characters.", [manager({ urls: [`wss://m/${"x".repeat(2_048)}`] }), "manager.urls[0] field_range", "2048"]],
  [
    223,
    "registration_token max 4096 characters.",
    [manager({ registration_token: "x".repeat(4_097) }), "manager.registration_token field_range", "4096"],
  ],
  [
    224,
    "accept_self_signed_cert: true is rejected unless BILBYCAST_ALLOW_INSECURE=1 is set.",
    [manager({ accept_self_signed_cert: true }), "manager.accept_self_signed_cert insecure_refused", "BILBYCAST_ALLOW_INSECURE=1"],
  ],
  [287, "id must be a valid UUID.", [relay({ id: "stadium" }), "tunnels[0].id field_format", "UUID"]],
  [
    288,
    'relay_addrs (or legacy relay_addr) required when mode is "relay"; at least one, at most two entries; each 1–256 chars; duplicates rejected.',
    [relay({ relay_addrs: [] }), "tunnels[0].relay_addrs field_required"],
    [relay({ relay_addrs: ["a:1", "b:1", "c:1"] }), "tunnels[0].relay_addrs field_range", "at most 2"],
    [relay({ relay_addrs: [""] }), ["tunnels[0].relay_addrs[0] field_range", "tunnels[0].relay_addrs[0] field_value"]],
    [relay({ relay_addrs: [`${"x".repeat(256)}:1`] }), "tunnels[0].relay_addrs[0] field_range", "256"],
    [relay({ relay_addrs: ["a:1", "a:1"] }), "tunnels[0].relay_addrs[1] url_taken"],
    [relay({ relay_addrs: undefined, relay_addr: "" }), ["tunnels[0].relay_addrs[0] field_range", "tunnels[0].relay_addrs[0] field_value"]],
  ],
  [
    289,
    "tunnel_encryption_key required for relay mode; must be exactly 64 hex characters.",
    [relay({ tunnel_encryption_key: undefined }), "tunnels[0].tunnel_encryption_key field_required"],
    [relay({ tunnel_encryption_key: KEY.slice(1) }), "tunnels[0].tunnel_encryption_key field_format", "64"],
  ],
  [
    290,
    "tunnel_bind_secret must be exactly 64 hex characters if present.",
    [relay({ tunnel_bind_secret: `${KEY}0` }), "tunnels[0].tunnel_bind_secret field_format", "64"],
  ],
  [291, "peer_addr required for direct mode egress.", [direct("egress", {}), "tunnels[0].peer_addr field_required"]],
  [292, "direct_listen_addr required for direct mode ingress.", [direct("ingress", {}), "tunnels[0].direct_listen_addr field_required"]],
  [
    293,
    "tunnel_psk must be exactly 64 hex characters if present.",
    [direct("egress", { peer_addr: "10.0.0.1:4433", tunnel_psk: "z".repeat(64) }), "tunnels[0].tunnel_psk field_format", "64"],
  ],
  [
    294,
    "All address fields must be valid socket addresses.",
    [relay({ local_addr: "9000" }), "tunnels[0].local_addr field_value"],
    [direct("egress", { peer_addr: "studio:4433" }), "tunnels[0].peer_addr field_value"],
    [direct("ingress", { direct_listen_addr: "0.0.0.0" }), "tunnels[0].direct_listen_addr field_value"],
  ],
  [376, "bind_addr must be a valid ip:port socket address.", [input("rtp", { bind_addr: "0.0.0.0" }), "inputs[0].bind_addr field_value"]],
  [
    377,
    "interface_addr must be a valid IP address (no port) in the same address family as bind_addr.",
    [input("rtp", { bind_addr: "239.1.1.1:5000", interface_addr: "10.0.0.1:5000" }), "inputs[0].interface_addr field_value"],
    [input("rtp", { bind_addr: "239.1.1.1:5000", interface_addr: "::1" }), "inputs[0].interface_addr field_value"],
  ],
  [
    378,
    "allowed_payload_types values must be 0-127.",
    [input("rtp", { allowed_payload_types: [33, 128] }), "inputs[0].allowed_payload_types[1] field_range", "127"],
  ],
  [379, "max_bitrate_mbps must be positive.", [input("rtp", { max_bitrate_mbps: 0 }), "inputs[0].max_bitrate_mbps field_range"]],
  [395, "bind_addr must be a valid ip:port socket address.", [input("udp", { bind_addr: "host:5000" }), "inputs[0].bind_addr field_value"]],
  [
    396,
    "interface_addr must be a valid IP address in the same address family as bind_addr.",
    [input("udp", { bind_addr: "[ff7e::1]:5000", interface_addr: "10.0.0.1" }), "inputs[0].interface_addr field_value"],
  ],
  [431, "local_addr must be a valid socket address.", [srt({ local_addr: "x" }), "inputs[0].local_addr field_value"]],
  [
    432,
    "remote_addr is required for caller and rendezvous modes and must be a valid socket address.",
    [srt({ mode: "caller" }), "inputs[0].remote_addr field_value"],
    [srt({ mode: "rendezvous", remote_addr: "x" }), "inputs[0].remote_addr field_value"],
  ],
  [
    433,
    "passphrase must be 10-79 characters.",
    [srt({ passphrase: "short" }), "inputs[0].passphrase field_range", "10"],
    [srt({ passphrase: "x".repeat(80) }), "inputs[0].passphrase field_value", "79"],
  ],
  [434, "aes_key_len must be 16, 24, or 32.", [srt({ aes_key_len: 20 }), "inputs[0].aes_key_len field_value"]],
  [
    435,
    'crypto_mode must be "aes-ctr" or "aes-gcm". AES-GCM with aes_key_len 24 is rejected.',
    [srt({ crypto_mode: "aes-xts" }), "inputs[0].crypto_mode field_value"],
    [srt({ crypto_mode: "aes-gcm", aes_key_len: 24 }), "inputs[0].aes_key_len field_value"],
  ],
  [584, "id cannot be empty.", [output("rtp", { id: "" }), "outputs[0].id field_range"]],
  [
    585,
    "dest_addr, bind_addr, and interface_addr must all use the same address family.",
    [output("rtp", { bind_addr: "[::]:0" }), "outputs[0].bind_addr field_value", "IPv4"],
    [output("rtp", { interface_addr: "::1" }), "outputs[0].interface_addr field_value", "IPv4"],
  ],
  [586, "dscp must be 0-63.", [output("rtp", { dscp: 64 }), "outputs[0].dscp field_range", "63"]],
  [
    587,
    "program_number must be > 0 if set (program_number 0 is reserved for the NIT).",
    [output("rtp", { program_number: 0 }), "outputs[0].program_number field_range"],
  ],
  [610, "id cannot be empty.", [output("udp", { id: "" }), "outputs[0].id field_range"]],
  [611, "dest_addr must be a valid socket address.", [output("udp", { dest_addr: "10.0.0.1" }), "outputs[0].dest_addr field_value"]],
  [612, "dscp must be 0-63.", [output("udp", { dscp: -1 }), "outputs[0].dscp field_range"]],
  [613, "program_number must be > 0 if set.", [output("udp", { program_number: 0 }), "outputs[0].program_number field_range"]],
];

const problemsIn = (document: Fields): ConfigProblem[] => checkConfig(migrate(document).document, declarations).problems;

for (const [line, bullet, ...wrong] of ROWS) {
  test(`line ${line}: ${bullet}`, () => {
    for (const [document, expected, words = ""] of wrong) {
      const problems = problemsIn(document);

      assert.deepEqual(
        problems.map(({ path, code }) => `${path} ${code}`),
        [expected].flat(),
      );
      assert.ok(problems[0]?.message.includes(words), problems[0]?.message ?? "");
    }
  });
}

test("every validation bullet of the guide has its row", (t) => {
  t.diagnostic(`${ROWS.length} bullets, ${ROWS.flatMap(([, , ...wrong]) => wrong).length} documents that break them`);

  assert.equal(ROWS.length, 32);
  assert.equal(new Set(ROWS.map(([line]) => line)).size, ROWS.length);
});

test("what the rows break is right otherwise", () => {
  const right = [
    manager({}),
    relay({}),
    relay({ relay_addrs: ["a:1", "[::1]:2"], tunnel_bind_secret: KEY }),
    relay({ relay_addrs: undefined, relay_addr: "old.example.com:4433" }),
    direct("egress", { peer_addr: "10.0.0.1:4433", tunnel_psk: KEY }),
    direct("ingress", { direct_listen_addr: "0.0.0.0:4433" }),
    input("rtp", { bind_addr: "239.1.1.1:5000", interface_addr: "10.0.0.1", allowed_payload_types: [33], max_bitrate_mbps: 1 }),
    input("udp", { bind_addr: "[ff7e::1]:5000", interface_addr: "::1" }),
    output("rtp", { bind_addr: "0.0.0.0:0", program_number: 1, dscp: 0 }),
    output("udp", { dscp: 63, program_number: 65_535 }),
    head({ monitor: { listen_addr: "127.0.0.1", listen_port: 9090 } }),
    srt({ passphrase: "x".repeat(10), aes_key_len: 32, crypto_mode: "aes-gcm" }),
    srt({ mode: "caller", remote_addr: "[::1]:9000", local_addr: "[::]:0", passphrase: "x".repeat(79), aes_key_len: 24 }),
  ];

  assert.deepEqual(right.flatMap(problemsIn), []);
  assert.deepEqual(checkConfig(manager({ accept_self_signed_cert: true }), declarations, { allowInsecure: true }).problems, []);
});
