/** What a live stream is made of. Identifiers are those of ISO/IEC 13818-1 and EN 300 468. */
export type LiveTsOptions = {
  seed: number;
  /** 0 to 15; each packet with room for it says of which source it is. */
  source: number;
  /** Bits per second. */
  rate: number;
  transportStreamId: number;
  programNumber: number;
  pmtPid: number;
  /** Carries the PCR. */
  videoPid: number;
  audioPid: number;
  dataPid: number;
  /** A second program, of the sound alone. */
  radio?: { programNumber: number; pmtPid: number };
  versions: { pat: number; pmt: number; sdt: number; eit: number };
  /** Bytes of private descriptors in the map of the first program, 0 to 1000 in all; from some 130 on it takes two packets. */
  descriptorBytes: number;
  /** The first PCR, in ticks of 27 MHz. */
  clockStart: number;
};

/** How the PIDs of several sources lie to each other. */
export type Layout = "clashing" | "different" | "crossed";

const PCR_WRAP = 2 ** 33 * 300;

/** Three sources of one rate in a layout. Their clocks are far apart, and one of them wraps after two seconds. */
export const liveLayout = (layout: Layout, seed: number, rate: number): LiveTsOptions[] =>
  [0, 1, 2].map((source) => ({
    seed: seed * 16 + source,
    source,
    rate,
    ...LAYOUTS[layout](source),
    descriptorBytes: [20, 300, 160][source] ?? 0,
    clockStart: [27_000_000 * 3_600, 27_000_000, PCR_WRAP - 54_000_000][source] ?? 0,
  }));

type Identifiers = Omit<LiveTsOptions, "seed" | "source" | "rate" | "descriptorBytes" | "clockStart">;

const LAYOUTS: Readonly<Record<Layout, (source: number) => Identifiers>> = {
  /** All the same, the versions too; only what the tables and streams say differs. */
  clashing: (source) => ({
    transportStreamId: 1,
    programNumber: 1,
    pmtPid: 0x1000,
    videoPid: 0x100,
    audioPid: 0x101,
    dataPid: 0x102,
    ...(source === 1 ? { radio: { programNumber: 2, pmtPid: 0x1001 } } : {}),
    versions: { pat: 3, pmt: 3, sdt: 3, eit: 3 },
  }),
  different: (source) => ({
    transportStreamId: 1 + source,
    programNumber: 10 + source,
    pmtPid: 0x1000 + source * 0x10,
    videoPid: 0x100 + source * 0x10,
    audioPid: 0x101 + source * 0x10,
    dataPid: 0x102 + source * 0x10,
    ...(source === 2 ? { radio: { programNumber: 22, pmtPid: 0x1021 } } : {}),
    versions: { pat: 30 + (source % 2), pmt: 7 * source, sdt: 31 - source, eit: source },
  }),
  /** Each PID has another use in each source. */
  crossed: (source) => {
    const [pmtPid, videoPid, audioPid, dataPid] = Array.from({ length: 4 }, (_, i) => 0x200 + ((source + i) % 4)) as [
      number,
      number,
      number,
      number,
    ];
    return {
      transportStreamId: 1,
      programNumber: 1 + (source % 2),
      pmtPid,
      videoPid,
      audioPid,
      dataPid,
      versions: { pat: 0, pmt: 31, sdt: source, eit: 5 },
    };
  },
};
