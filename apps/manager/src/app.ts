import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Endpoint } from "@bilbycast/contracts/manager-api";
import type { Caller, Origin } from "./access/caller.ts";
import { actorOf, type Actor } from "./audit/record.ts";
import type { Drivers } from "./drivers/load.ts";
import type { Log } from "./log.ts";
import type { Messages } from "./messages/messages.ts";
import type { SessionMaker } from "./auth/sessions.ts";
import type { Transaction } from "./database/tables.ts";
import { serveEndpoint, type Front, type Handler } from "./http/serve-endpoint.ts";
import type { InstallationSettings } from "./records/installation-settings.ts";

/** What every room of the manager works with. */
export type App = Front &
  SessionMaker & {
    readonly api: FastifyInstance;
    readonly log: Log;
    readonly messages: Messages;
    readonly drivers: Drivers;
    readonly instanceId: string;
    readonly region: string;
    readonly version: string;
    /** Whether browsers reach us over TLS, so that cookies are for that alone. */
    readonly isSecure: boolean;
    /** What people may change while it runs. */
    readonly settings: InstallationSettings;
    /** For the few routes that are no endpoint: throws unless somebody is logged in. */
    readonly requireCaller: (request: FastifyRequest) => Promise<Caller>;
    /** What nodes are told to call this manager, when the request does not tell. */
    readonly publicUrl: string | undefined;
    /** Of a certificate that nobody else has signed: what nodes pin. */
    readonly certFingerprint: string | undefined;
    /** Tells every instance that somebody's rights or sessions changed; in the transaction that changes them. */
    readonly announceAccessChange: AnnounceAccessChange;
  };

export type AnnounceAccessChange = (tx: Transaction) => Promise<void>;

/** Serves one endpoint. */
export const serve = <E extends Endpoint>(app: App, endpoint: E, handler: Handler<E>): void =>
  serveEndpoint(app.api, app, endpoint, handler);

/** Who does it, for the record. */
export const actorIn = (app: App, asked: { caller: Caller | undefined; origin: Origin }): Actor => {
  if (asked.caller === undefined) {
    return { id: null, name: "", via: "session", ipAddress: asked.origin.ipAddress, instanceId: app.instanceId };
  }
  return actorOf(asked.caller, asked.origin, app.instanceId);
};
