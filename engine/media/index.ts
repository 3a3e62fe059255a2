export type {
  BackendName,
  EncodedUnit,
  HostFacts,
  JobSpec,
  Picture,
  PictureSpec,
  Request,
  TestSignalSpec,
  VideoCodec,
} from "./jobs.ts";
