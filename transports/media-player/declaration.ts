import { counter, declare, gauge } from "@bilbycast/engine/transport/declare";
import { z } from "zod";

const source = z
  .strictObject({
    kind: z
      .literal("ts", {
        error: ({ input }) =>
          input === "mp4" || input === "image" ? `sources of kind ${input} are not supported by this version; only ts is` : 'must be "ts"',
      })
      .describe("What the file is: ts, an MPEG transport stream with packets 188, 192 or 204 bytes apart."),
    name: z
      .string()
      .regex(/^(?!\.)(?!.*\.\.)[A-Za-z0-9._ -]{1,255}$/, {
        error:
          "must be a name of the media library: 1 to 255 letters, digits, spaces and . _ -, not beginning with a dot, without two dots in a row",
      })
      .describe("Name of the file in the media library."),
  })
  .meta({ title: "Source" });

export const declaration = declare({
  kind: "media_player",
  title: "Media player: files of the library, in a loop",
  runsOn: "session",
  gives: "ts",
  input: z.object({
    sources: z.array(source).min(1).max(256).describe("The files, played in this order."),
    loop_playback: z
      .boolean()
      .default(true)
      .meta({ basic: true, description: "Begin again after the last file; otherwise the input falls silent." }),
    shuffle: z.boolean().default(false).describe("Another order in every round."),
    paced_bitrate_bps: z
      .number()
      .int()
      .min(100_000)
      .max(200_000_000)
      .optional()
      .describe("Constant rate in bit/s in place of the pace that the file's PCRs set."),
    ts_packets_per_datagram: z
      .number()
      .int()
      .min(1)
      .max(7)
      .default(7)
      .describe("Packets of 188 bytes in one unit, and so in one datagram of an output."),
  }),
  stats: {
    bytesRead: counter("bytes", "Bytes read from files."),
    skippedBytes: counter("bytes", "Bytes of files that belong to no packet."),
    loops: counter("times", "Rounds through the sources that began again."),
    sourcesFailed: counter("times", "Sources that were passed over: missing, not readable, or no transport stream."),
    pcrJumps: counter("times", "Places inside files where the PCR goes back, or ahead by more than 500 ms."),
    continuityErrors: counter("times", "Losses inside files, by their continuity counters."),
    reanchors: counter("times", "The pace was set anew because playing had fallen behind by more than 500 ms."),
    sourceIndex: gauge("index", "Which of the sources is being read; the first is 0."),
  },
  faults: {},
  events: {
    media_player_source_missing: "A source is not in the media library; the next one is played.",
    media_player_source_unsupported: "A source has no MPEG-TS packets; the next one is played.",
    media_player_failed: "A source could not be read; the next one is played.",
    media_player_playlist_exhausted: "The last source has been played to its end, and the playlist does not loop.",
    media_player_pacer_lagging: "Playing fell behind by more than 500 ms and went on from the present.",
    media_player_pacer_recovered: "Playing has kept its pace again for 5 seconds.",
  },
});
