/** How something is. Each has a shape of its own: hue is never the only mark. */
export type State = "good" | "warning" | "critical" | "unknown" | "off";
