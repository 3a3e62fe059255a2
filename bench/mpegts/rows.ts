import type { Tool } from "./beside.ts";
import type { Streams } from "./streams.ts";

/** One line: a work of ours on a stream, and what it is measured beside. */
export type Row = {
  key: string;
  title: string;
  work: string;
  stream: keyof Streams;
  /** The C program, walking or rewriting. */
  scan?: "walk" | "switch";
  tools?: readonly Tool[];
  /** Also in a smoke test. */
  quick?: true;
};

/** Bits per second of each stream. */
export const RATES: Readonly<Record<keyof Streams, number>> = { contribution: 20_000_000, multiplex: 40_000_000, programs: 63_000_000 };

/** The multiplex has tables and clocks as broadcasters send them, but its pictures and sound are noise: the media analysis searches every byte. */
export const ROWS: readonly Row[] = [
  { key: "scan", title: "scan, H.264 and AAC", work: "scan", stream: "contribution", scan: "walk", quick: true },
  { key: "scan_multiplex", title: "scan, multiplex", work: "scan", stream: "multiplex", scan: "walk" },
  { key: "switch", title: "switch, H.264 and AAC", work: "switch", stream: "contribution", scan: "switch", quick: true },
  { key: "switch_multiplex", title: "switch, multiplex", work: "switch", stream: "multiplex", scan: "switch" },
  { key: "filter", title: "filter, one program of three", work: "program", stream: "programs", tools: ["filter"], quick: true },
  { key: "filter_map", title: "filter, all programs, one PID mapped", work: "map", stream: "programs" },
  { key: "filter_override", title: "filter, one program, all PIDs overridden", work: "override", stream: "programs" },
  { key: "filter_constant", title: "filter, constant rate", work: "constantRate", stream: "programs" },
  { key: "analyse_stream", title: "analyse TR 101 290 and arrivals", work: "stream", stream: "contribution" },
  { key: "analyse_media", title: "analyse media", work: "media", stream: "contribution" },
  { key: "analyse_media_pairs", title: "analyse media, two pictures in a PES packet", work: "mediaPairs", stream: "contribution" },
  { key: "analyse", title: "analyse both", work: "both", stream: "contribution", tools: ["copy", "probe"], quick: true },
  { key: "analyse_programs", title: "analyse both, three programs", work: "both", stream: "programs", tools: ["copy", "probe"] },
  { key: "analyse_multiplex_stream", title: "analyse TR 101 290 and arrivals, multiplex", work: "stream", stream: "multiplex" },
  { key: "analyse_multiplex_media", title: "analyse media, multiplex", work: "media", stream: "multiplex" },
  { key: "analyse_multiplex", title: "analyse both, multiplex", work: "both", stream: "multiplex" },
];
