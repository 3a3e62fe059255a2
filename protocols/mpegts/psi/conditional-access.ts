import { u16 } from "@bilbycast/foundation/bytes";
import type { Descriptor } from "./descriptors.ts";

/** CA_descriptor. ISO/IEC 13818-1 §2.6.16. */
export const CA_DESCRIPTOR = 0x09;

/** Who scrambles, and the PID of the ECMs (in a PMT) or EMMs (in the CAT). */
export type CaReference = { caSystemId: number; caPid: number };

/** The CA descriptors of a list. */
export const caReferences = (descriptors: readonly Descriptor[]): CaReference[] =>
  descriptors
    .filter(({ tag, data }) => tag === CA_DESCRIPTOR && data.length >= 4)
    .map(({ data }) => ({ caSystemId: u16(data, 0), caPid: u16(data, 2) & 0x1fff }));
