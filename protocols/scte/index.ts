export { type Segmentation, type SpliceDescriptor } from "./splice-descriptors.ts";
export { type SpliceCommand } from "./splice-command.ts";
export { readSpliceInfo, SPLICE_INFO_TABLE, type SpliceInfo } from "./splice-info.ts";
