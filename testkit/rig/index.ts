export { FailoverRig } from "./failover-rig.ts";
export { MachineRig, type Output, type RigOptions } from "./machine-rig.ts";
export { PathsRig, type Merged } from "./paths-rig.ts";
