import { z } from "zod";

const count = () => z.number().nonnegative();
const pid = () => z.int().min(0).max(0x1fff);

/** The programs of a transport stream, out of its PAT, PMTs and SDT. Texts are as they came: whoever shows them shows text. */
export const psiCatalogSchema = z
  .looseObject({
    programs: z.array(
      z.looseObject({
        program_number: z.int().min(0).max(65_535),
        pmt_pid: pid(),
        pcr_pid: pid().optional(),
        service_name: z.string().optional(),
        provider_name: z.string().optional(),
        streams: z.array(
          z.looseObject({
            pid: pid(),
            stream_type: z.int().min(0).max(255),
            codec: z.string(),
            kind: z.enum(["video", "audio", "subtitle", "data", "unknown"]),
            language: z.string().optional().describe("ISO 639-2, or what stands in its place."),
          }),
        ),
      }),
    ),
    last_updated_us: z.number(),
  })
  .meta({ id: "PsiCatalog" });

/**
 * ETSI TR 101 290 §5.2: errors since the start by their names, and with `window_` in front those of the current window. A priority is
 * absent while nobody can tell.
 */
export const tr101290Schema = z
  .object({ priority1_ok: z.boolean().optional(), priority2_ok: z.boolean().optional(), priority3_ok: z.boolean().optional() })
  .catchall(z.union([count(), z.boolean(), z.array(z.number())]))
  .meta({ id: "Tr101290" });

export type PsiCatalog = z.output<typeof psiCatalogSchema>;
export type Tr101290 = z.output<typeof tr101290Schema>;
