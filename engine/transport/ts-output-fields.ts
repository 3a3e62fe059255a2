import { z } from "zod";
import type { Problem } from "./declare.ts";
import { counter, gauge, sameOnLanes } from "./stat.ts";

/** PIDs of elementary streams and maps: those below belong to fixed tables, the last one to stuffing. ISO/IEC 13818-1 table 2-3. */
const LOWEST_PID = 0x10;
const HIGHEST_PID = 0x1ffe;
const HIGHEST_PROGRAM = 65_535;
const MOST_AUDIO = 32;

const pid = (description: string) => z.int().min(LOWEST_PID).max(HIGHEST_PID).meta({ unit: "PID", description });

const numberKey = (lowest: number, highest: number, what: string) =>
  z.string().refine((text) => /^[1-9]\d{0,4}$/.test(text) && Number(text) >= lowest && Number(text) <= highest, {
    error: `must be ${what} from ${lowest} to ${highest}, in decimal digits`,
  });

const overrides = () =>
  z.strictObject({
    pmt_pid: pid("Of the program's map.").optional(),
    video_pid: pid("Of its first video stream.").optional(),
    audio_pid: pid("Of its first audio stream.").optional(),
    audio_pids: z
      .array(pid("Of one audio stream."))
      .min(1)
      .max(MOST_AUDIO)
      .describe("Of its audio streams, in the order of its map.")
      .optional(),
    pcr_pid: pid("Which of these carries the PCR; where the source has it elsewhere, each PCR is repeated here.").optional(),
  });

/** What every output that sends MPEG-TS may do to it on its way out, in this order. */
export const tsOutputFields = () => ({
  program_number: z
    .int({ error: "must be a whole number from 1 to 65535" })
    .min(1, { error: "must be 1 to 65535: program number 0 is reserved for the network information table" })
    .max(HIGHEST_PROGRAM)
    .meta({
      title: "Program",
      description: "The only program that is sent, as a stream of its own; while the source lacks it, nothing is. All when absent.",
    })
    .optional(),
  pid_overrides: z
    .record(numberKey(1, HIGHEST_PROGRAM, "a program number"), overrides())
    .meta({
      title: "PIDs of programs",
      description: "By program number: the PIDs that its map and streams get (pmt_pid, video_pid, audio_pid or audio_pids, pcr_pid).",
    })
    .optional(),
  pid_map: z
    .record(numberKey(LOWEST_PID, HIGHEST_PID, "a PID"), z.int().min(LOWEST_PID).max(HIGHEST_PID))
    .meta({ title: "PID map", description: "PID to PID, applied last: in packets, tables and CA descriptors." })
    .optional(),
  cbr_pad_to_kbps: z
    .int()
    .min(100)
    .max(1_000_000)
    .meta({
      title: "Constant rate",
      unit: "kbit/s",
      description:
        "Rate of TS packets that null packets make up, in place of the source's own. What comes faster is sent all the same. One by one, never in trains.",
    })
    .optional(),
});

/** Counted by every output that has these fields. */
export const tsOutputStats = () =>
  sameOnLanes({
    programAbsent: gauge("yes or no", "1 while the source lacks the only program that is sent.", "output"),
    packetsFilteredOut: counter("packets", "TS packets left out: of other programs, and null packets where the rate is made up.", "output"),
    pidConflicts: counter("packets", "TS packets left out because their PID was given to others.", "output"),
    nullsInserted: counter("packets", "Null packets put in to make up the constant rate.", "output"),
    padOverrun: counter("packets", "TS packets sent beyond the constant rate, as more came than it carries.", "output"),
  });

type Overrides = z.output<ReturnType<typeof overrides>>;
type TsOutputConfig = {
  pid_overrides?: Readonly<Record<string, Overrides>> | undefined;
  pid_map?: Readonly<Record<string, number>> | undefined;
};

/** Rules between these fields. */
export const checkTsOutput = ({ pid_overrides = {}, pid_map = {} }: TsOutputConfig): Problem[] => [
  ...mapProblems(pid_map),
  ...overrideProblems(pid_overrides),
];

const mapProblems = (map: Readonly<Record<string, number>>): Problem[] => {
  const taken = new Set<number>();
  return Object.entries(map).flatMap(([source, target]) => {
    const path = ["pid_map", source];
    if (Number(source) === target) {
      return [{ path, message: "must be another PID than the one that is mapped" }];
    }
    if (taken.has(target)) {
      return [{ path, message: `must be a PID that nothing else is mapped to; ${target} is taken` }];
    }
    taken.add(target);
    return [];
  });
};

const overrideProblems = (byProgram: Readonly<Record<string, Overrides>>): Problem[] => {
  const taken = new Set<number>();
  return Object.entries(byProgram).flatMap(([program, fields]) => {
    const at = ["pid_overrides", program];
    const { audio_pid, audio_pids, pcr_pid, pmt_pid, video_pid } = fields;
    const problems: Problem[] = [];
    if (Object.values(fields).every((value) => value === undefined)) {
      problems.push({ path: at, message: "must name at least one PID" });
    }
    if (audio_pid !== undefined && audio_pids !== undefined && audio_pids[0] !== audio_pid) {
      problems.push({ path: [...at, "audio_pid"], message: "must be the first of audio_pids, or absent" });
    }
    const audio = audio_pids ?? (audio_pid === undefined ? [] : [audio_pid]);
    const targets: [(string | number)[], number | undefined][] = [
      [["pmt_pid"], pmt_pid],
      [["video_pid"], video_pid],
      ...audio.map((target, i): [(string | number)[], number] => [audio_pids === undefined ? ["audio_pid"] : ["audio_pids", i], target]),
    ];
    for (const [field, target] of targets) {
      if (target !== undefined && taken.has(target)) {
        problems.push({ path: [...at, ...field], message: `must be a PID that nothing else gets; ${target} is taken` });
      }
      if (target !== undefined) {
        taken.add(target);
      }
    }
    if (pcr_pid !== undefined && pcr_pid !== video_pid && !audio.includes(pcr_pid)) {
      problems.push({ path: [...at, "pcr_pid"], message: "must be the video_pid or one of the audio PIDs of the same program" });
    }
    return problems;
  });
};
