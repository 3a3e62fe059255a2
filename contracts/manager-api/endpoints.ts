import { ALARM_ENDPOINTS } from "./alarms.ts";
import { AUTH_ENDPOINTS } from "./auth.ts";
import type { Endpoint } from "./endpoint.ts";
import { GROUP_ENDPOINTS } from "./groups.ts";
import { HISTORY_ENDPOINTS } from "./history.ts";
import { NODE_CONFIG_ENDPOINTS } from "./node-config.ts";
import { NODE_ENDPOINTS } from "./nodes.ts";
import { PEOPLE_ENDPOINTS } from "./people.ts";
import { RECORD_ENDPOINTS } from "./records.ts";
import { SWITCHER_ENDPOINTS } from "./switcher.ts";

/** Every route of the API by its name. */
export const ENDPOINTS = {
  ...AUTH_ENDPOINTS,
  ...PEOPLE_ENDPOINTS,
  ...GROUP_ENDPOINTS,
  ...NODE_ENDPOINTS,
  ...NODE_CONFIG_ENDPOINTS,
  ...ALARM_ENDPOINTS,
  ...HISTORY_ENDPOINTS,
  ...RECORD_ENDPOINTS,
  ...SWITCHER_ENDPOINTS,
} as const satisfies Record<string, Endpoint>;

export type Endpoints = typeof ENDPOINTS;
export type EndpointName = keyof Endpoints;
