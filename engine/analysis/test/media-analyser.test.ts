import assert from "node:assert/strict";
import { test } from "node:test";
import { writeSection, SDT_PID, type Descriptor } from "@bilbycast/protocols/mpegts";
import { MadeMux, type MadeProgram, type MadeStream } from "@bilbycast/testkit/streams";
import { catalogueForm } from "../index.ts";
import { Analysed } from "./analysed.ts";

const text = (letters: string): number[] => [...Buffer.from(letters, "latin1")];
const descriptor = (tag: number, ...data: number[]): Descriptor => ({ tag, data: Uint8Array.from(data) });
const language = (code: string, audioType = 0): Descriptor => descriptor(0x0a, ...text(code), audioType);
const program = (streams: MadeStream[], programNumber = 1): MadeProgram => ({
  programNumber,
  programMapPid: 0xff + programNumber,
  streams,
});

const AUDIO: MadeStream = { pid: 0x201, streamType: 0x03, descriptors: [language("DEU", 3)] };
const VIDEO: MadeStream = { pid: 0x200, streamType: 0x02 };

/** Two MP2 frames of 192 kbit/s, 48 kHz, stereo. */
const mp2 = (): Uint8Array => {
  const frame = new Uint8Array(576);
  frame.set([0xff, 0xfd, 0xa4, 0x00]);
  return Uint8Array.from([...frame, ...frame]);
};

/** An MPEG-2 picture of 720x576 at 25 Hz, intra coded, with its sequence. */
const picture = (): Uint8Array =>
  Uint8Array.from([
    ...[0, 0, 1, 0xb3, 0x2d, 0x02, 0x40, 0x23, 0xff, 0xff, 0xe0, 0x18],
    ...[0, 0, 1, 0xb5, 0x14, 0x8a, 0x00, 0x01, 0x00, 0x00],
    ...[0, 0, 1, 0xb8, 0x00, 0x08, 0x00, 0x40],
    ...[0, 0, 1, 0x00, 0x00, 0x0f, 0xff, 0xf8],
    ...[0, 0, 1, 0xb5, 0x8f, 0xff, 0xf3, 0x41, 0x80],
    ...[0, 0, 1, 0x01, ...Array.from({ length: 2_000 }, () => 0x55)],
  ]);

const pictures = (mux: MadeMux, count: number, from = 0): MadeMux => {
  for (let i = from; i < from + count; i++) {
    mux.pes(VIDEO.pid, { streamId: 0xe0, pts: 90_000 + i * 3_600, payload: picture() });
  }
  return mux;
};

test("pictures and sound are told with what they are", () => {
  const mux = new MadeMux().tables([program([VIDEO, AUDIO])]);
  pictures(mux, 4).pes(AUDIO.pid, { streamId: 0xc0, pts: 90_000, payload: mp2() });

  const { video_streams: video, audio_streams: audio } = new Analysed().feed(mux.take()).snapshot();

  assert.deepEqual(
    [video[0]?.codec, video[0]?.resolution, video[0]?.frame_rate, video[0]?.profile, video[0]?.level],
    ["MPEG-2 Video", "720x576", 25, "Main", "Main"],
  );
  assert.deepEqual(video[0]?.gop, { length: 1, shortest: 1, longest: 1, structure: "I", closed: true });
  assert.deepEqual(
    [audio[0]?.codec, audio[0]?.sample_rate_hz, audio[0]?.channels, audio[0]?.language, audio[0]?.audio_type],
    ["MP2", 48_000, 2, "deu", "visual impaired commentary"],
  );
});

test("PES packets of several pictures give the same as one each", () => {
  const single = pictures(new MadeMux().tables([program([VIDEO])]), 300);
  const mux = new MadeMux().tables([program([VIDEO])]);
  for (let i = 0; i < 100; i++) {
    const three = Uint8Array.from([...picture(), ...picture(), ...picture()]);
    mux.pes(VIDEO.pid, { streamId: 0xe0, pts: 90_000 + i * 3 * 3_600, payload: three });
  }

  const [one] = new Analysed().feed(single.take()).snapshot().video_streams;
  const [three] = new Analysed().feed(mux.take()).snapshot().video_streams;

  assert.equal(one?.frame_rate, 25);
  assert.deepEqual({ ...three, bitrate_bps: 0, timecode: "" }, { ...one, bitrate_bps: 0, timecode: "" });
});

test("a stream that goes over to several pictures in a PES packet is read right within half a minute", () => {
  const mux = pictures(new MadeMux().tables([program([VIDEO])]), 100);
  const analysed = new Analysed().feed(mux.take());
  let dts = 90_000 + 100 * 3_600;
  /** One that predicts: without sequence and group headers, of type P. */
  const predicted = (): Uint8Array => picture().with(35, 0x17).subarray(30);

  for (let second = 0; second < 70; second++) {
    analysed.snapshot();
    for (let i = 0; i < 5; i++) {
      mux.pes(VIDEO.pid, {
        streamId: 0xe0,
        pts: dts,
        payload: Uint8Array.from([...picture(), ...predicted(), ...predicted(), ...predicted(), ...predicted()]),
      });
      dts += 5 * 3_600;
    }
    analysed.feed(mux.take());
  }
  const [found] = analysed.snapshot().video_streams;

  assert.equal(found?.gop?.length, 5);
  assert.equal(found.frame_rate, 25);
});

test("a stream that is nothing but start codes is read up to a bound, and as ever after a second", () => {
  const mux = new MadeMux().tables([program([VIDEO])]);
  mux.pes(VIDEO.pid, { streamId: 0xe0, pts: 0, payload: Uint8Array.from({ length: 100_000 }, (_, i) => [0, 0, 1, 0x01][i % 4] ?? 0) });
  const analysed = new Analysed().feed(mux.take());

  const spent = analysed.feed(pictures(mux, 3).take()).snapshot();
  const rested = analysed.feed(pictures(mux, 3, 3).take()).snapshot();

  assert.equal(spent.video_streams[0]?.resolution, undefined);
  assert.equal(rested.video_streams[0]?.resolution, "720x576");
});

test("sound that is noise is read up to a bound, and as ever after a second", () => {
  const mux = new MadeMux().tables([program([AUDIO])]);
  for (let i = 0; i < 10; i++) {
    mux.pes(AUDIO.pid, { streamId: 0xc0, payload: new Uint8Array(30_000).fill(0x55) });
  }
  const analysed = new Analysed().feed(mux.take());

  const spent = analysed.feed(mux.pes(AUDIO.pid, { streamId: 0xc0, payload: mp2() }).take()).snapshot();
  const rested = analysed.feed(mux.pes(AUDIO.pid, { streamId: 0xc0, payload: mp2() }).take()).snapshot();

  assert.equal(spent.audio_streams[0]?.sample_rate_hz, undefined);
  assert.equal(rested.audio_streams[0]?.sample_rate_hz, 48_000);
});

test("rates are those of the last window: of streams, programs, stuffing and all", () => {
  const streams = [VIDEO, AUDIO];
  const mux = new MadeMux().tables([{ ...program(streams), pcrPid: 0x200 }]);
  const analysed = new Analysed().feed(mux.take());
  const first = analysed.snapshot(500_000);
  for (let i = 0; i < 10; i++) {
    mux.pes(AUDIO.pid, { streamId: 0xc0, payload: new Uint8Array(170) }).stuff(4);
  }
  const second = analysed.feed(mux.take()).snapshot(1_500_000);
  const third = analysed.snapshot(999_999);
  const fourth = analysed.snapshot(1);

  assert.equal(first.total_bitrate_bps, 0, "half a second is no window");
  const packet = (188 * 8) / 2;
  assert.equal(second.audio_streams[0]?.bitrate_bps, 10 * packet);
  assert.equal(second.null_bitrate_bps, 40 * packet);
  assert.equal(second.total_bitrate_bps, 52 * packet, "with two packets of tables");
  assert.equal(second.programs[0]?.total_bitrate_bps, 11 * packet, "with its map");
  assert.deepEqual(third, second, "the window is still open");
  assert.equal(fourth.total_bitrate_bps, 0);
});

test("packets that were missed give no rate and no facts from halves", () => {
  const mux = pictures(new MadeMux().tables([program([VIDEO])]), 3);
  const analysed = new Analysed().feed(mux.take(), 1_000);
  const before = analysed.snapshot();
  pictures(mux, 1, 3);
  analysed.feed(mux.take().subarray(0, 188 * 5), 1_000);

  analysed.analyser.lost();
  pictures(mux, 2, 100);
  const after = analysed.feed(mux.take(), 1_000).snapshot(500_000);

  assert.equal(after.total_bitrate_bps, before.total_bitrate_bps, "of the last whole window");
  assert.equal(after.video_streams[0]?.frame_rate, 25, "the gap is no frame duration");
});

test("a packet that is missing within a stream breaks its PES packet only", () => {
  const mux = pictures(new MadeMux().tables([program([VIDEO])]), 3);
  const analysed = new Analysed().feed(mux.take());
  pictures(mux, 4, 3);
  const bytes = mux.take();

  analysed.feed(bytes.subarray(0, 188 * 3)).feed(bytes.subarray(188 * 4));

  assert.equal(analysed.snapshot().video_streams[0]?.resolution, "720x576");
  assert.equal(analysed.snapshot().video_streams[0]?.frame_rate, 25);
});

test("switched off it knows nothing, and switched on again it learns anew", () => {
  const mux = pictures(new MadeMux().tables([program([VIDEO])]), 3);
  const analysed = new Analysed().feed(mux.take(), 1_000);

  analysed.analyser.setEnabled(false);
  pictures(mux, 3, 3);
  const off = analysed.feed(mux.take(), 1_000).snapshot();
  analysed.analyser.setEnabled(true);
  pictures(mux, 3, 6);
  const on = analysed.feed(mux.take(), 1_000).snapshot();

  assert.deepEqual([off.program_count, off.programs, off.video_streams, off.total_bitrate_bps], [0, [], [], 0]);
  assert.equal(on.video_streams[0]?.resolution, "720x576");
  assert.ok(on.total_bitrate_bps > 0);
});

test("a scrambled stream is named so and nothing is said of it, until it is clear again", () => {
  const mux = pictures(new MadeMux().tables([program([VIDEO])]), 3);
  const analysed = new Analysed().feed(mux.take());
  const scrambled = pictures(mux, 3, 3).take();
  for (let at = 0; at < scrambled.length; at += 188) {
    scrambled[at + 3] = (scrambled[at + 3] ?? 0) | 0x80;
  }

  const clear = analysed.snapshot().video_streams[0];
  const secret = analysed.feed(scrambled).snapshot().video_streams[0];
  const again = analysed.feed(pictures(mux, 3, 6).take()).snapshot().video_streams[0];

  assert.deepEqual([clear?.resolution, clear?.scrambled], ["720x576", undefined]);
  assert.deepEqual([secret?.codec, secret?.resolution, secret?.scrambled], ["MPEG-2 Video", undefined, true]);
  assert.deepEqual([again?.resolution, again?.scrambled], ["720x576", undefined]);
});

test("a stream whose packets are scrambled by turns is named so while one is, and stays readable", () => {
  const mux = pictures(new MadeMux().tables([program([VIDEO])]), 6);
  const bytes = mux.take();
  const analysed = new Analysed();
  for (let at = 0, packet = 0; at < bytes.length; at += 188, packet++) {
    const one = bytes.slice(at, at + 188);
    one[3] = (one[3] ?? 0) | (packet > 2 && packet % 7 === 0 ? 0xc0 : 0);
    analysed.feed(one);
  }

  const [found] = analysed.snapshot().video_streams;

  assert.equal(found?.scrambled, undefined);
  assert.equal(found?.resolution, "720x576");
});

test("a PES packet that is scrambled by its own header is named so too", () => {
  const mux = pictures(new MadeMux().tables([program([VIDEO])]), 1);
  const bytes = mux.take();
  const at = 2 * 188;
  bytes[at + 4 + 6] = 0xb0;

  assert.equal(new Analysed().feed(bytes).snapshot().video_streams[0]?.scrambled, true);
});

test("another program map gives another stream; one that stays the same is read on", () => {
  const mux = pictures(new MadeMux().tables([program([VIDEO, AUDIO])]), 3);
  const analysed = new Analysed().feed(mux.take());
  const changed = { ...AUDIO, streamType: 0x0f };

  const { video_streams: video, audio_streams: audio } = analysed.feed(mux.tables([program([VIDEO, changed])], 1).take()).snapshot();

  assert.equal(video[0]?.resolution, "720x576");
  assert.deepEqual([audio[0]?.codec, audio[0]?.stream_type, audio.length], ["AAC", 0x0f, 1]);
  assert.deepEqual(analysed.feed(mux.tables([program([])], 2).take()).snapshot().video_streams, []);
});

test("a stream of two programs is told once, with both", () => {
  const mux = new MadeMux().tables([program([VIDEO, AUDIO]), program([AUDIO], 2)]);

  const found = new Analysed().feed(mux.take()).snapshot();

  assert.deepEqual(
    found.audio_streams.map(({ pid, program_numbers: programs }) => [pid, programs]),
    [[AUDIO.pid, [1, 2]]],
  );
  assert.deepEqual(
    found.programs.map(({ program_number: number, video_streams: video, audio_streams: audio }) => [number, video, audio]),
    [
      [1, 1, 1],
      [2, 0, 1],
    ],
  );
});

test("subtitles and teletext are told with their languages and pages", () => {
  const subtitles = descriptor(0x59, ...text("fin"), 0x10, 0, 1, 0, 2, ...text("swe"), 0x22, 0, 3, 0, 3);
  const teletext = descriptor(0x56, ...text("dan"), 0x08, 0x00, ...text("dan"), 0x10, 0x88, ...text("<b>"), 0x29, 0x50);
  const mux = new MadeMux().tables([
    program([
      { pid: 0x300, streamType: 6, descriptors: [subtitles] },
      { pid: 0x301, streamType: 6, descriptors: [teletext] },
    ]),
  ]);

  const [first, second] = new Analysed().feed(mux.take()).snapshot().subtitle_streams;

  assert.deepEqual(
    [first?.languages, first?.pages],
    [
      ["fin", "swe"],
      [
        { language: "fin", type: "normal", composition_page_id: 1, ancillary_page_id: 2 },
        { language: "swe", type: "hearing impaired, 16:9", composition_page_id: 3, ancillary_page_id: 3 },
      ],
    ],
  );
  assert.deepEqual(
    [second?.languages, second?.pages],
    [
      ["dan"],
      [
        { language: "dan", type: "initial page", page: "800" },
        { language: "dan", type: "subtitle page", page: "888" },
        { type: "hearing impaired page", page: "150" },
      ],
    ],
  );
});

test("names of services keep their markup, lose what could forge a line, and are bounded", () => {
  const service = (name: string): Uint8Array => {
    const data = [0x01, 4, ...text("<i>!"), name.length, ...text(name)];
    const list = [0x48, data.length, ...data];
    const body = Uint8Array.from([0, 1, 0xff, 0, 1, 0xfc, 0x80 | (list.length >> 8), list.length, ...list]);
    const head = {
      tableId: 0x42,
      tableIdExtension: 1,
      versionNumber: 0,
      currentNextIndicator: true,
      sectionNumber: 0,
      lastSectionNumber: 0,
    };
    return writeSection({ ...head, body });
  };
  const named = (name: string): [string | undefined, string | undefined] => {
    const analysed = new Analysed().feed(
      new MadeMux()
        .section(SDT_PID, service(name))
        .tables([program([])])
        .take(),
    );
    const [found] = analysed.snapshot().programs;
    assert.equal(catalogueForm(analysed.catalogue).programs[0]?.service_name, found?.service_name);
    return [found?.service_name, found?.provider];
  };

  assert.deepEqual(named("<script>a\r\n\u001bb</script>"), ["<script>ab</script>", "<i>!"]);
  assert.equal(named("x".repeat(200))[0]?.length, 128);
});

test("more streams than are looked at are counted", () => {
  const programs = Array.from({ length: 6 }, (_, p) =>
    program(
      Array.from({ length: 100 }, (_, i) => ({ pid: 0x400 + p * 100 + i, streamType: 0x1b })),
      p + 1,
    ),
  );

  const found = new Analysed().feed(new MadeMux().tables(programs).take()).snapshot();

  assert.deepEqual([found.video_streams.length, found.streams_omitted, found.program_count], [512, 88, 6]);
});

test("JPEG XS is told by its descriptor, and by its codestream when that comes", () => {
  const declared = [0x14, 0, 7, 0x80, 4, 0x38, 0, 0, 0, 200, 1, 0, 0, 50, 0x80, 0x90, 0x35, 0x40, 0x10, 0x04];
  const mux = new MadeMux().tables([program([{ pid: 0x500, streamType: 0x32, descriptors: [descriptor(0x3f, ...declared)] }])]);
  const analysed = new Analysed().feed(mux.take());
  const before = analysed.snapshot();
  const unit = [
    ...[0, 0, 0, 30, ...text("jxes"), ...Array.from({ length: 22 }, () => 0), 0xff, 0x10, 0xff, 0x50, 0, 2, 0xff, 0x12, 0, 26],
    ...[0, 0, 0, 0, 0x4a, 0x40, 0x20, 0x08, 0x0f, 0, 0x08, 0x70, 0, 0, 0, 16, 3, 4, 8, 20, 0x8f, 0, 0x51, 0],
    ...[0xff, 0x13, 0, 8, 12, 0x11, 12, 0x11, 12, 0x11, 0xff, 0x20, 0, 4, 0, 0, ...Array.from({ length: 600 }, () => 1)],
  ];
  for (let i = 0; i < 4; i++) {
    mux.pes(0x500, { pts: 90_000 + i * 1_800, payload: Uint8Array.from(unit) });
  }

  const after = analysed.feed(mux.take()).snapshot();

  const wanted = { resolution: "1920x1080", frame_rate: 50, profile: "Main 422.10", level: "2k-1, 3 bpp", chroma: "4:2:2", bit_depth: 10 };
  const streamed = {
    resolution: "3840x2160",
    frame_rate: 50,
    profile: "High 444.12",
    level: "4k-1, 6 bpp",
    chroma: "4:4:4",
    bit_depth: 12,
  };
  const pick = ({ video_streams: [video] }: typeof before): object =>
    Object.fromEntries(Object.keys(wanted).map((key) => [key, video?.[key as keyof typeof video]]));
  assert.deepEqual(pick(before), wanted);
  assert.deepEqual(pick(after), streamed);
  assert.equal(after.jpeg_xs_pid, 0x500);
});

test("the catalogue is rendered with kinds, words and the bytes of descriptors", () => {
  const mux = new MadeMux().tables([{ ...program([VIDEO, AUDIO]), pcrPid: 0x200 }]);
  const analysed = new Analysed();
  analysed.now = 5_000_000 as typeof analysed.now;
  analysed.feed(mux.take());

  assert.deepEqual(catalogueForm(analysed.catalogue, 1_000_000), {
    programs: [
      {
        program_number: 1,
        pmt_pid: 0x100,
        pcr_pid: 0x200,
        streams: [
          { pid: 0x200, stream_type: 2, codec: "MPEG-2 Video", kind: "video" },
          { pid: 0x201, stream_type: 3, codec: "MPEG Audio", kind: "audio", language: "deu", descriptors_hex: "0a0444455503" },
        ],
      },
    ],
    transport_stream_id: 1,
    last_updated_us: 6_000_000,
  });
});
