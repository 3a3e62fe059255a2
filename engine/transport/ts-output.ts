import type { EgressStage, Memory, Tally } from "@bilbycast/foundation/packets";
import type { Microseconds } from "@bilbycast/foundation/time";
import { ConstantRateStage, readsTables, RemuxStage, type PidOverride, type RemuxRules } from "@bilbycast/protocols/mpegts";
import type { z } from "zod";
import type { tsOutputFields, tsOutputStats } from "./ts-output-fields.ts";

type TsOutputConfig = z.output<z.ZodObject<ReturnType<typeof tsOutputFields>>>;
type Context = { memory: Memory; stats: Readonly<Record<keyof ReturnType<typeof tsOutputStats>, Tally>> };

/** The stage that a checked configuration of `tsOutputFields` asks for; none where packets leave as they are. `hold`: the pacer's. */
export const tsStageOf = (config: TsOutputConfig, { memory, stats }: Context, hold: Microseconds = 0): { stage?: EgressStage } => {
  const rate = config.cbr_pad_to_kbps;
  const rules: RemuxRules = {
    programNumber: config.program_number,
    overrides: new Map(Object.entries(config.pid_overrides ?? {}).map(([program, fields]) => [Number(program), overrideOf(fields)])),
    pidMap: new Map(Object.entries(config.pid_map ?? {}).map(([source, target]) => [Number(source), target])),
    dropsNulls: rate !== undefined,
  };
  if (rate !== undefined) {
    return { stage: new ConstantRateStage(memory, rules, rate * 1_000, hold, stats) };
  }
  return readsTables(rules) ? { stage: new RemuxStage(memory, rules, stats) } : {};
};

type Overrides = NonNullable<TsOutputConfig["pid_overrides"]>[string];

const overrideOf = ({ pmt_pid, video_pid, audio_pid, audio_pids, pcr_pid }: Overrides): PidOverride => ({
  pmtPid: pmt_pid,
  videoPid: video_pid,
  audioPids: audio_pids ?? (audio_pid === undefined ? [] : [audio_pid]),
  pcrPid: pcr_pid,
});
