export { boundConnections, SERVER_LIMITS, type ServerLimits } from "./connections.ts";
export { isDeeperThan, JSON_DEPTH, outgrows } from "./json-depth.ts";
