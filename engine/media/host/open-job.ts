import type { OpenJob } from "./host.ts";
import { PictureJob } from "./picture-job.ts";
import { TestSignalJob } from "./test-signal-job.ts";

export const openJob: OpenJob = (codecs, spec, say) =>
  spec.kind === "pictures" ? PictureJob.open(codecs, spec, say) : TestSignalJob.open(codecs, spec, say);
