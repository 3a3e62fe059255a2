export { HeapRing } from "./heap-ring.ts";
