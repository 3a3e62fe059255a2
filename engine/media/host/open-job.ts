import type { OpenJob } from "./host.ts";
import { PictureJob } from "./picture-job.ts";

export const openJob: OpenJob = (codecs, spec, say) => {
  switch (spec.kind) {
    case "pictures":
      return PictureJob.open(codecs, spec, say);
    default:
      throw new Error(`unknown job ${spec.kind}`);
  }
};
