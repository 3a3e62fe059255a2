export { checkConfig, type CheckedConfig } from "./check-config.ts";
export { effective, isObject, objectsIn, type ConfigDocument } from "./document.ts";
export { inGivenWords, isNested, migrate, unnestFlow, type Migrated, type Origin, type UnnestedFlow } from "./migrate.ts";
export { kindsOf, partUnion, transportFields, type Part, type Side } from "./parts.ts";
export { pathBelow, pathJoin, pathText, problemsOf, type ConfigProblem } from "./problem.ts";
export { secretFields, type SecretField } from "./secrets.ts";
export {
  BUS_PACKETS,
  CONFIG_VERSION,
  QUEUE_PACKETS,
  configJsonSchema,
  configSchema,
  flowSchema,
  type Config,
  type Flow,
  type Head,
  type Server,
} from "./shape.ts";
export { keptButUnused } from "./unused.ts";
export { asVersionOne } from "./version-one.ts";
