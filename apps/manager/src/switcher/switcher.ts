import type { ConfigKeeper } from "../config/config-keeper.ts";
import type { NodeListener } from "../node-link/hub.ts";
import type { NodeRooms } from "../nodes/routes.ts";
import { CarriedKeeper } from "./carried-keeper.ts";
import { Interrupted } from "./interrupted.ts";
import { Layouts } from "./layouts.ts";
import { Proofs } from "./proofs.ts";
import { switcherRoutes } from "./routes.ts";
import { Taker } from "./taker.ts";

/** The live switcher of every group. */
export class Switcher {
  /** Hears what nodes tell of their switches. */
  readonly listener: NodeListener;
  readonly #carried: CarriedKeeper;
  readonly #interrupted: Interrupted;
  readonly #taker: Taker;

  constructor({ app, hub, states }: NodeRooms, keeper: ConfigKeeper) {
    const layouts = new Layouts(app.database, keeper, app.drivers);
    const proofs = new Proofs(app);
    this.listener = proofs.listener;
    this.#carried = new CarriedKeeper(app, states);
    this.#interrupted = new Interrupted(app);
    this.#taker = new Taker({ app, hub, states, layouts, proofs });
    switcherRoutes({ app, layouts, taker: this.#taker });
  }

  async start(): Promise<void> {
    await this.#interrupted.start();
    await this.#carried.start();
  }

  /** Waits for what is under way. */
  async stop(): Promise<void> {
    await this.#taker.close();
    await this.#interrupted.stop();
    await this.#carried.stop();
  }
}
