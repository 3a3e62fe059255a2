export { DatagramPacketizer } from "./packetizer.ts";
