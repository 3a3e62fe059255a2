export { conformingInput, conformingOutput, type InputCase, type OutputCase } from "./conforms.ts";
export { DatagramEffects, type Datagram } from "./datagram-effects.ts";
export { effectOf, observedIn } from "./effects.ts";
export { FUSED } from "./fuse.ts";
export { Peer, Stage, until } from "./stage.ts";
export { TsOutputEffects } from "./ts-output-effects.ts";
