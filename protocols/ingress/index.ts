export { ingress, type IngressOptions } from "./ingress.ts";
export type { IngressCounters, IngressRules } from "./ingress-filter.ts";
