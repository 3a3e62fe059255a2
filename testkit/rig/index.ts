export { MachineRig, type Output, type RigOptions } from "./machine-rig.ts";
