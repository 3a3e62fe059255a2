export { inputContext, outputContext, type Received, type Sent } from "./contexts.ts";
