export { openFeed } from "./live-feed.ts";
export { LiveReceivers } from "./live-receivers.ts";
export { LiveSenders } from "./live-senders.ts";
export type { LiveReport, LiveSource, LiveStream, SinkState, Turn } from "./live-orders.ts";
export { udpDrops } from "./udp-drops.ts";
