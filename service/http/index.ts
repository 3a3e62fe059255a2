export { boundConnections, SERVER_LIMITS, type ServerLimits } from "./connections.ts";
export { isDeeperThan, JSON_DEPTH } from "./json-depth.ts";
