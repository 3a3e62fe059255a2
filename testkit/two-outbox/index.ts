export { NackingReceiver, type NackingCounters } from "./receiver.ts";
export { RetransmittingSender, type RetransmittingCounters } from "./sender.ts";
