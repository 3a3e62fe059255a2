import { InputAnalysis, MediaAnalyser, StreamAnalysis } from "@bilbycast/engine/analysis";
import type { Instant } from "@bilbycast/foundation/time";
import { PACKET_SIZE, payloadUnitStart, pid as pidOf, PsiCatalogue, UNIT_SIZE } from "@bilbycast/protocols/mpegts";
import { Loop, ofItsOwn } from "./loop.ts";
import type { Work } from "./work.ts";

/** As the thread that analyses does. */
const EXPIRE_EVERY = 100_000;
const REPORT_EVERY = 1_000_000;

type Analysis = {
  take(bytes: Uint8Array, at: number, length: number, now: Instant): void;
  expire(now: Instant): void;
  report(now: Instant): void;
};

const over =
  (open: () => Analysis, prepare: (loop: Loop) => void = () => {}): Work =>
  (file, rate) => {
    const loop = new Loop(file, rate, ofItsOwn);
    prepare(loop);
    const analysis = open();
    let expireAt = 0;
    let reportAt = 0;
    return () => {
      for (let unit = 0; unit < loop.units; unit++) {
        const now = loop.tick();
        analysis.take(loop.bytes, loop.at(unit), UNIT_SIZE, now);
        if (now >= expireAt) {
          expireAt = now + EXPIRE_EVERY;
          analysis.expire(now);
        }
        if (now >= reportAt) {
          reportAt = now + REPORT_EVERY;
          analysis.report(now);
        }
      }
      loop.wind();
      return loop.packets;
    };
  };

/** TR 101 290 of all priorities, clocks, arrivals. */
const stream = (): Analysis => {
  const analysis = new StreamAnalysis();
  return {
    take: (bytes, at, length, now) => analysis.take(bytes, at, length, now),
    expire: (now) => analysis.expire(now),
    report: (now) => void [analysis.closeWindow(now), analysis.snapshot()],
  };
};

const media = (): Analysis => {
  const catalogue = new PsiCatalogue();
  const analyser = new MediaAnalyser(catalogue, () => {});
  return {
    take: (bytes, at, length, now) => {
      catalogue.take(bytes, at, at + length, now);
      analyser.take(bytes, at, at + length, now);
    },
    expire: () => {},
    report: (now) => void analyser.snapshot(now),
  };
};

const both = (): Analysis =>
  new InputAnalysis(
    { tr101290: true, media: true },
    () => 0,
    () => {},
  );

/** PID of ffmpeg's pictures. */
const VIDEO = 0x100;

/** Every other PES packet of the video is joined to the one before: the whole stream is searched for pictures then. */
const joinPictures = ({ bytes, units }: Loop): void => {
  let pictures = 0;
  for (let at = 0; at < units * UNIT_SIZE; at += PACKET_SIZE) {
    if (pidOf(bytes, at) === VIDEO && payloadUnitStart(bytes, at) && pictures++ % 2 === 1) {
      bytes[at + 1] = (bytes[at + 1] ?? 0) & ~0x40;
    }
  }
};

export const ANALYSES: Readonly<Record<"stream" | "media" | "mediaPairs" | "both", Work>> = {
  stream: over(stream),
  media: over(media),
  mediaPairs: over(media, joinPictures),
  both: over(both),
};
