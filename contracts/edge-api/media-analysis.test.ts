import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { catalogueForm, MediaAnalyser, type CatalogueForm, type MediaAnalysis, type Scte35Cue } from "@bilbycast/engine/analysis";
import { instant } from "@bilbycast/foundation/time";
import { PACKET_SIZE, PsiCatalogue } from "@bilbycast/protocols/mpegts";
import { MadeMux } from "@bilbycast/testkit/streams";
import type { z } from "zod";
import { mediaAnalysisSchema, psiCatalogSchema, scte35CueSchema, type MediaAnalysisAnswer, type PsiCatalog } from "./media-analysis.ts";

const CUE = "/DA0AAAAAAAA///wBQb+cr0AUAAeAhxDVUVJSAAAjn/PAAGlmbAICAAAAAAsoKGKNAIAmsnRfg==";

/** What the engine makes is what the contract promises: the compiler holds them together. */
const answerOf = (analysis: MediaAnalysis): MediaAnalysisAnswer => analysis;
const catalogOf = (form: CatalogueForm): PsiCatalog => form;
const cueOf = (cue: Scte35Cue): z.output<typeof scte35CueSchema> => cue;

const analyse = (bytes: Uint8Array, cues: Scte35Cue[] = []): { analysis: MediaAnalysis; catalogue: PsiCatalogue } => {
  const catalogue = new PsiCatalogue();
  const analyser = new MediaAnalyser(catalogue, (event) => {
    if (event.event === "scte35_cue") {
      const { pid: _, ...cue } = event.details;
      cues.push(cue);
    }
  });
  for (let at = 0; at + PACKET_SIZE <= bytes.length; at += PACKET_SIZE) {
    catalogue.push(bytes, at, instant(at));
    analyser.push(bytes, at, instant(at));
  }
  return { analysis: analyser.snapshot(instant(bytes.length + 2_000_000)), catalogue };
};

test("what the analyser says of a real stream keeps the contract, field by field, and survives JSON", () => {
  const sample = new Uint8Array(readFileSync(new URL("../../apps/edge/demo/bilbycast-sample.m2t", import.meta.url)));

  const { analysis, catalogue } = analyse(sample);

  assert.ok(analysis.video_streams.length > 0 && analysis.audio_streams.length > 0 && analysis.video_streams[0]?.gop !== undefined);
  assert.deepEqual(mediaAnalysisSchema.strict().parse(JSON.parse(JSON.stringify(answerOf(analysis)))), analysis);
  const catalog = catalogueForm(catalogue);
  assert.deepEqual(psiCatalogSchema.strict().parse(JSON.parse(JSON.stringify(catalogOf(catalog)))), catalog);
});

test("every kind of stream keeps the contract, with nothing known and with cues", () => {
  const text = (letters: string): number[] => [...Buffer.from(letters)];
  const cues: Scte35Cue[] = [];
  const streams = [0x02, 0x03, 0x0f, 0x11, 0x1b, 0x24, 0x32, 0x81, 0xfe].map((streamType, i) => ({ pid: 0x200 + i, streamType }));
  const subtitles = { tag: 0x59, data: Uint8Array.from([...text("fin"), 0x10, 0, 1, 0, 2]) };
  const teletext = { tag: 0x56, data: Uint8Array.from([...text("dan"), 0x10, 0x88]) };
  const mux = new MadeMux().tables([
    {
      programNumber: 1,
      programMapPid: 0x100,
      streams: [
        ...streams,
        { pid: 0x300, streamType: 0x86 },
        { pid: 0x301, streamType: 6, descriptors: [subtitles] },
        { pid: 0x302, streamType: 6, descriptors: [teletext] },
      ],
    },
  ]);

  const { analysis, catalogue } = analyse(mux.section(0x300, new Uint8Array(Buffer.from(CUE, "base64"))).take(), cues);

  assert.equal(cues.length, 1);
  assert.deepEqual(
    cues.map((cue) => scte35CueSchema.strict().parse(cueOf(cue))),
    cues,
  );
  assert.deepEqual([analysis.subtitle_streams.length, analysis.scte35_streams.length, analysis.data_streams.length], [2, 1, 1]);
  assert.deepEqual(mediaAnalysisSchema.strict().parse(analysis), analysis);
  assert.deepEqual(psiCatalogSchema.strict().parse(catalogueForm(catalogue)), catalogueForm(catalogue));
});
