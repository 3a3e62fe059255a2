export { command, Neighbour, runInNamespace } from "./namespace.ts";
