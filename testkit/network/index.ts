export { Link, type Bursts, type LinkProperties } from "./link.ts";
