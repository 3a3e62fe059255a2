export { isIpAddress, isIpv4, isIpv6, isMulticast, splitAddress, type SplitAddress } from "./socket-address.ts";
export { ipBytes } from "./ip-bytes.ts";
export { readServerUrl, type ServerUrl } from "./server-url.ts";
