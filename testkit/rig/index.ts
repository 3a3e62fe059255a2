export { MachineRig, type Output, type RigOptions } from "./machine-rig.ts";
export { PathsRig, type Merged } from "./paths-rig.ts";
