import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { NULL_PID, PAT_PID, pid as pidOf } from "@bilbycast/protocols/mpegts";
import { forbiddenChanges, type Allowed } from "./allowed-bits.ts";
import { Mux, threePrograms } from "@bilbycast/testkit/streams";
import { joined, packetsOf, StageRig } from "./stage-rig.ts";

const SEED = 44;
const ACCESS = [{ tag: 9, data: Uint8Array.of(0x06, 0x48, 0xe3, 0x60) }];
const PROGRAM_2 = new Set([PAT_PID, 0x200, 0x201, 0x202]);
const OVERRIDES = new Map([[2, { pmtPid: 0x40, videoPid: 0x41, audioPids: [0x42] }]]);
const OVERRIDDEN = new Map([
  [0x200, 0x40],
  [0x201, 0x41],
  [0x202, 0x42],
]);
const MAP = new Map([
  [0x101, 0x1101],
  [0x300, 0x1300],
]);

/** The rows of docs/reference/egress.md. */
const ROWS: [string, ConstructorParameters<typeof StageRig>[0], number | undefined, Allowed][] = [
  [
    "program_number",
    { programNumber: 2 },
    undefined,
    { to: (pid) => (PROGRAM_2.has(pid) ? pid : -1), tables: false, madeAssociation: true },
  ],
  ["pid_map", { pidMap: MAP }, undefined, { to: (pid) => MAP.get(pid) ?? pid, tables: true }],
  ["pid_overrides", { overrides: OVERRIDES }, undefined, { to: (pid) => OVERRIDDEN.get(pid) ?? pid, tables: true }],
  ["cbr_pad_to_kbps", {}, 20_000_000, { to: (pid) => (pid === NULL_PID ? -1 : pid), tables: false }],
  [
    "all of them",
    { programNumber: 2, overrides: OVERRIDES, pidMap: new Map([[0x41, 0x1041]]) },
    20_000_000,
    {
      to: (pid) => (PROGRAM_2.has(pid) ? (pid === 0x201 ? 0x1041 : (OVERRIDDEN.get(pid) ?? pid)) : -1),
      tables: true,
      madeAssociation: true,
    },
  ],
];

test("the reference has a row for each operation", () => {
  const page = readFileSync(new URL("../../../../docs/reference/egress.md", import.meta.url), "utf8");

  for (const [name] of ROWS.slice(0, -1)) {
    assert.ok(page.includes(`\n| \`${name}\` |`), name);
  }
});

/** A stage whose tables were heard before, and what goes in and comes out then, null packets that were put in aside. */
const through = (rules: ConstructorParameters<typeof StageRig>[0], rate: number | undefined) => {
  const mux = new Mux({ programs: threePrograms(), access: ACCESS, data: [0x350, 0x351, 0x500] }, SEED);
  const rig = new StageRig(rules, rate);
  rig.feed(mux.packets(210), 1_000);
  rig.wait(200_000);
  rig.take();
  const sent = rig.feed(mux.packets(7_000), 1_000);
  rig.wait(200_000);
  const out = rig.take();
  return { sent, out: rate === undefined ? out : joined(packetsOf(out).filter((packet) => pidOf(packet, 0) !== NULL_PID)) };
};

/** What a program filter makes in place of the source's PAT is looked at by itself. */
const withoutAssociation = (bytes: Uint8Array, { madeAssociation, tables }: Allowed): Uint8Array =>
  madeAssociation === true && !tables ? joined(packetsOf(bytes).filter((packet) => pidOf(packet, 0) !== PAT_PID)) : bytes;

for (const [name, rules, rate, allowed] of ROWS) {
  test(`${name} changes the bits that the reference names, and no other of any packet (seed ${SEED})`, () => {
    const { sent, out } = through(rules, rate);

    assert.ok(out.length > 100 * 188);
    assert.deepEqual(forbiddenChanges(withoutAssociation(sent, allowed), withoutAssociation(out, allowed), allowed), []);
  });
}

test("the comparison finds a flipped bit, a lost packet, a changed order, a stray PID, and a table that says more", () => {
  const { sent, out } = through({ pidMap: MAP }, undefined);
  const allowed: Allowed = { to: (pid) => MAP.get(pid) ?? pid, tables: true };
  const isMedia = (packet: Uint8Array): boolean => pidOf(packet, 0) === 0x1101;
  const at = packetsOf(out).findIndex(isMedia) * 188;
  const changed = (change: (bytes: Uint8Array) => Uint8Array | void): string => {
    const bytes = out.slice();
    return forbiddenChanges(sent, change(bytes) ?? bytes, allowed).join("; ");
  };

  assert.equal(
    changed(() => undefined),
    "",
  );
  assert.match(
    changed((bytes) => void (bytes[at + 100]! ^= 1)),
    /PID 257: packet 0 differs/,
  );
  assert.match(
    changed((bytes) => joined([bytes.subarray(0, at), bytes.subarray(at + 188)])),
    /PID 257: \d+ packets came/,
  );
  assert.match(
    changed((bytes) => joined([bytes.subarray(188 * 400), bytes.subarray(0, 188 * 400)])),
    /another order/,
  );
  assert.match(
    changed((bytes) => void (bytes[at + 1]! |= 0x0f)),
    /is one too many/,
  );
  const map = packetsOf(out).findIndex((packet) => pidOf(packet, 0) === 0x100) * 188;
  assert.match(
    changed((bytes) => void (bytes[map + 17]! ^= 1)),
    /PID 256: no right sections/,
  );
});
