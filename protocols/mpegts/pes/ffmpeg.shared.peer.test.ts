import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { peer } from "@bilbycast/testkit/peers";
import { adaptationFieldSize, readAdaptationField, writeAdaptationField } from "../adaptation-field.ts";
import { hasPcr, readPcr } from "../media-time.ts";
import { PcrUnwrapper } from "../media-unwrapper.ts";
import { adaptationFieldLength, PACKET_SIZE, payloadOffset, payloadUnitStart, pid as pidOf } from "../packet.ts";
import { writeDvbText } from "../psi/dvb-text.ts";
import { readNetworkInformation, writeNetworkInformationTable } from "../psi/network-information.ts";
import { PAT_PID, readProgramAssociation, readProgramMap, writeProgramAssociationTable, writeProgramMap } from "../psi/program-tables.ts";
import { SectionAssembler } from "../psi/section-assembler.ts";
import { packetizeSection } from "../psi/section-packetizer.ts";
import { NIT_PID, SDT_PID } from "../psi/service-information.ts";
import { readServiceDescription, writeServiceDescriptionTable } from "../psi/service-description.ts";
import { PesAssembler } from "./pes-assembler.ts";
import { pesPayloadOffset, readPesHeader, writePesHeader } from "./pes-header.ts";
import { mostPacketsOfPes, PesPacketizer } from "./pes-packetizer.ts";

const folder = mkdtempSync(join(tmpdir(), "bilbycast-pes-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const QUIET = ["-hide_banner", "-nostats", "-loglevel", "error"];
const SOURCES = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
const CODECS = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "25", "-c:a", "ac3", "-b:a", "128k"];
const SERVICE = ["-metadata", "service_name=Kanal 1", "-metadata", "service_provider=Prov", "-mpegts_flags", "+nit"];
const IDS = ["-mpegts_transport_stream_id", "77", "-mpegts_original_network_id", "8193", "-mpegts_service_id", "4711"];
const VIDEO = 256;
const AUDIO = 257;
const MAP = 4096;
const LONGEST_PES = 1_000_000;

const SAMPLE = new URL("../../../apps/edge/demo/bilbycast-sample.m2t", import.meta.url);

const made = join(folder, "made.ts");
let file: Uint8Array = new Uint8Array(0);

before(async () => {
  // B-frames need a clock that begins before the pictures: the time stamps wrap after a second.
  const late = ["-output_ts_offset", String(2 ** 33 / 90_000 - 2.5)];
  const ffmpeg = peer("ffmpeg", [...QUIET, "-y", ...SOURCES, ...CODECS, "-t", "3", ...SERVICE, ...IDS, ...late, "-f", "mpegts", made]);
  assert.equal(await ffmpeg.exited, 0, ffmpeg.output());
  // Not a Buffer, whose slice is no copy.
  file = Uint8Array.from(readFileSync(made));
});

const eachPacket = function* (bytes: Uint8Array): Generator<number> {
  for (let at = 0; at + PACKET_SIZE <= bytes.length; at += PACKET_SIZE) {
    yield at;
  }
};

const sectionsOf = (bytes: Uint8Array, pid: number): Uint8Array[] => {
  const sections: Uint8Array[] = [];
  const assembler = new SectionAssembler((section) => sections.push(section.slice()));
  for (const at of eachPacket(bytes)) {
    if (pidOf(bytes, at) === pid) {
      assembler.push(bytes, at);
    }
  }
  return sections;
};

const pesOf = (bytes: Uint8Array, pid: number): Uint8Array[] => {
  const packets: Uint8Array[] = [];
  const assembler = new PesAssembler((packet) => packets.push(packet.slice()), LONGEST_PES);
  for (const at of eachPacket(bytes)) {
    if (pidOf(bytes, at) === pid) {
      assembler.push(bytes, at);
    }
  }
  assembler.flush();
  assert.deepEqual([assembler.broken, assembler.malformed, assembler.tooLong], [0, 0, 0]);
  return packets;
};

/** What a peer wrote, taken apart and written anew, has the same bytes. */
const comesBack = (bytes: Uint8Array, pid: number, again: (section: Uint8Array) => Uint8Array[]): void => {
  const sections = sectionsOf(bytes, pid);
  assert.ok(sections.length > 0);
  for (const section of sections) {
    assert.deepEqual(again(section), [section]);
  }
};

test("the tables that ffmpeg writes are what is written here for the same facts, byte for byte", () => {
  // With a NIT it leaves reserved bits of the PAT at 0.
  const withoutNit = Uint8Array.from(readFileSync(SAMPLE));
  comesBack(withoutNit, PAT_PID, (section) => writeProgramAssociationTable(readProgramAssociation(section)!));
  comesBack(file, MAP, (section) => [writeProgramMap(readProgramMap(section)!)]);
  comesBack(file, SDT_PID, (section) => writeServiceDescriptionTable(readServiceDescription(section)!));
  comesBack(file, NIT_PID, (section) => writeNetworkInformationTable(readNetworkInformation(section)!));
});

test("the SDT of a service is that of ffmpeg from nothing but its facts", () => {
  const service = { serviceId: 4711, serviceType: 1, providerName: "Prov", name: "Kanal 1", runningStatus: 4, isScrambled: false };
  const ids = { transportStreamId: 77, originalNetworkId: 8193, isActual: true };
  const table = { versionNumber: 0, currentNextIndicator: true, ...ids };
  const ours = writeServiceDescriptionTable({
    ...table,
    services: [{ ...service, hasSchedule: false, hasPresentFollowing: false, descriptors: [] }],
  });

  assert.deepEqual(ours, sectionsOf(file, SDT_PID).slice(0, 1));
});

test("the adaptation fields and PES headers that ffmpeg writes are what is written here for the same facts, byte for byte", () => {
  let fields = 0;
  let headers = 0;
  for (const at of eachPacket(file)) {
    const packet = file.subarray(at, at + PACKET_SIZE);
    const field = readAdaptationField(packet, 0);
    if (field !== undefined) {
      const ours = packet.slice();
      assert.ok(adaptationFieldSize(field) <= 1 + adaptationFieldLength(packet, 0));
      ours.fill(0, 4, payloadOffset(packet, 0));
      writeAdaptationField(ours, 0, field, adaptationFieldLength(packet, 0));
      assert.deepEqual(ours, packet);
      fields++;
    }
    if (payloadUnitStart(packet, 0) && [VIDEO, AUDIO].includes(pidOf(packet, 0))) {
      const from = payloadOffset(packet, 0);
      const header = readPesHeader(packet, from, PACKET_SIZE)!;
      const ours = packet.slice();
      ours.fill(0, from, from + pesPayloadOffset(packet, from, PACKET_SIZE)!);
      assert.equal(writePesHeader(ours, from, header), pesPayloadOffset(packet, from, PACKET_SIZE));
      assert.deepEqual(ours, packet);
      headers++;
    }
  }
  assert.ok(fields > 100 && headers > 80, `${fields} ${headers}`);
});

test("the clock that ffmpeg lets wrap is endless", () => {
  const clock = new PcrUnwrapper();
  const raw = [...eachPacket(file)].filter((at) => hasPcr(file, at)).map((at) => readPcr(file, at));
  const endless = raw.map((pcr) => clock.unwrap(pcr));

  assert.ok(
    raw.some((pcr, i) => i > 0 && pcr < (raw[i - 1] ?? 0)),
    "it wraps",
  );
  assert.ok(endless.every((pcr, i) => i === 0 || (pcr > (endless[i - 1] ?? 0) && pcr - (endless[i - 1] ?? 0) < 2_700_000)));
});

/** The same frames under other tables, every packet written here. */
const multiplexAnew = (name: string, provider: string): Uint8Array => {
  const out: Uint8Array[] = [];
  const head = { versionNumber: 1, currentNextIndicator: true };
  const map = readProgramMap(sectionsOf(file, MAP)[0]!)!;
  const service = { serviceId: 4711, serviceType: 1, providerName: provider, name, runningStatus: 4, isScrambled: false };
  const services = [{ ...service, hasSchedule: false, hasPresentFollowing: false, descriptors: [] }];
  const tables = [
    [PAT_PID, writeProgramAssociationTable({ ...head, transportStreamId: 77, programs: [{ programNumber: 4711, programMapPid: MAP }] })],
    [MAP, [writeProgramMap(map)]],
    [SDT_PID, writeServiceDescriptionTable({ ...head, transportStreamId: 77, originalNetworkId: 1, isActual: true, services })],
  ] as const;
  for (const [pid, sections] of tables) {
    out.push(...sections.map((section) => packetizeSection(section, pid, 0)));
  }
  const target = new Uint8Array(mostPacketsOfPes(LONGEST_PES) * PACKET_SIZE);
  const frames = [VIDEO, AUDIO].flatMap((pid) => {
    const packetizer = new PesPacketizer(pid);
    return pesOf(file, pid).map((packet) => ({ packet, packetizer, header: readPesHeader(packet, 0, packet.length)! }));
  });
  const clock = 0.7 * 90_000;
  const due = ({ optional }: (typeof frames)[0]["header"]): number => ((optional?.dts ?? optional?.pts ?? 0) + 2 ** 32) % 2 ** 33;
  for (const { packet, packetizer, header } of frames.toSorted((a, b) => due(a.header) - due(b.header))) {
    const pcr = ((due(header) + 2 ** 32 + 2 ** 33 - clock) % 2 ** 33) * 300;
    const isVideo = header.streamId === 0xe0;
    const from = pesPayloadOffset(packet, 0, packet.length)!;
    const more = isVideo ? { isUnbounded: true, randomAccess: true, pcrOf: (i: number) => (i === 0 ? pcr : -1) } : {};
    const count = packetizer.write({ header, payload: packet, from, end: packet.length, ...more }, target, 0);
    out.push(target.slice(0, count * PACKET_SIZE));
  }
  return Buffer.concat(out);
};

type Probe = {
  programs: { program_id: number; tags: Record<string, string> }[];
  packets: { stream_index: number; codec_type: string; pts: number; dts: number; size: string; data_hash: string }[];
};

const probe = async (path: string): Promise<Probe> => {
  const fields = "packet=codec_type,pts,dts,size,data_hash:program=program_id:program_tags";
  const ffprobe = peer("ffprobe", [
    ...QUIET.filter((each) => each !== "-nostats"),
    "-show_data_hash",
    "md5",
    "-show_programs",
    "-show_packets",
    "-show_entries",
    fields,
    "-of",
    "json=c=1",
    path,
  ]);
  assert.equal(await ffprobe.exited, 0, ffprobe.output());
  return JSON.parse(ffprobe.output()) as Probe;
};

const mediaOf = ({ packets }: Probe, kind: string): string[] =>
  packets.filter((each) => each.codec_type === kind).map(({ pts, dts, size, data_hash }) => [pts, dts, size, data_hash].join(" "));

/** Every letter and sign that is written in the default table, without spaces and the soft hyphen. */
const DEFAULT_TABLE = Array.from({ length: 0x180 - 0xa1 }, (_, i) => String.fromCharCode(0xa1 + i)).filter(
  (letter) => letter !== "\u00ad" && writeDvbText(letter, 2)[0] !== 0x15,
);
const HALF = DEFAULT_TABLE.length / 2;

for (const [name, provider] of [
  ["Kanal 1", "Prov"],
  ["Télé Zürich Šø", "Ångström"],
  ["日本放送 Первый", "€ 5"],
  [DEFAULT_TABLE.slice(0, HALF).join(""), "Latin"],
  [DEFAULT_TABLE.slice(HALF).join(""), "Latin"],
] as const) {
  test(`ffprobe reads every frame with its time stamps, and the service ${name} by ${provider}`, async () => {
    const path = join(folder, "anew.ts");
    writeFileSync(path, multiplexAnew(name, provider));

    const [theirs, ours] = [await probe(made), await probe(path)];

    assert.deepEqual([ours.programs[0]?.program_id, ours.programs[0]?.tags], [4711, { service_name: name, service_provider: provider }]);
    for (const kind of ["video", "audio"]) {
      assert.deepEqual(mediaOf(ours, kind), mediaOf(theirs, kind));
    }
    assert.ok(mediaOf(ours, "video").length === 75 && mediaOf(ours, "audio").length > 90);
  });
}
