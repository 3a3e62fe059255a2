import { alarmRoutes } from "../alarms/routes.ts";
import { DerivedAlarms } from "../alarms/derived/derived-alarms.ts";
import { NodeRestarts } from "../alarms/node-restart.ts";
import { AlarmSweep } from "../alarms/sweep.ts";
import { EventIntake } from "../events/event-intake.ts";
import { EventWriter } from "../events/event-writer.ts";
import { keepBatch } from "../events/keep-batch.ts";
import { eventRoutes } from "../events/routes.ts";
import { HistoryRecorder } from "../history/recorder.ts";
import { RollUp } from "../history/roll-up.ts";
import { historyRoutes } from "../history/routes.ts";
import { LiveRoom } from "../live/live-room.ts";
import type { TellEvent } from "../node-link/presence.ts";
import type { NodeRooms } from "../nodes/routes.ts";
import { Upkeep } from "../upkeep/upkeep.ts";

/** The rooms that watch over nodes: what they tell, what lasts of it, how they do over time, and who looks at it now. */
export class Watch {
  readonly tell: TellEvent;
  readonly intake: EventIntake;
  readonly writer: EventWriter;
  readonly upkeep: Upkeep;
  readonly sweep: AlarmSweep;
  readonly live: LiveRoom;
  readonly history: HistoryRecorder;
  readonly rollUp: RollUp;
  readonly #rooms: NodeRooms;
  readonly #restarts: NodeRestarts;
  readonly #derived: DerivedAlarms;

  constructor(rooms: NodeRooms) {
    const { app, hub } = rooms;
    const { database, log, messages } = app;
    this.#rooms = rooms;
    this.upkeep = new Upkeep(app);
    this.writer = new EventWriter({
      log,
      keep: (batch) => keepBatch(database, messages, batch),
      onFailure: () => this.upkeep.run(),
    });
    this.intake = new EventIntake(this.writer.add);
    this.tell = this.intake.tell;
    this.sweep = new AlarmSweep(app, this.tell);
    hub.listen(this.intake.listener);
    this.#restarts = new NodeRestarts(app);
    hub.listen(this.#restarts.listener);
    this.#derived = new DerivedAlarms(app, rooms.states, this.tell);
    this.live = new LiveRoom(rooms);
    this.history = new HistoryRecorder(app, rooms.states, () => this.upkeep.run());
    this.rollUp = new RollUp(app);
    eventRoutes(app);
    alarmRoutes(app);
    historyRoutes(app);
  }

  async start(): Promise<void> {
    await this.upkeep
      .start()
      .catch((err: unknown) => this.#rooms.app.log.error({ err }, "the manager starts without room for what is to come"));
    this.intake.start();
    this.sweep.start();
    this.#derived.start();
    this.history.start();
    this.rollUp.start();
  }

  /** After the nodes have gone. */
  async stop(): Promise<void> {
    await this.live.close();
    this.intake.stop();
    this.#restarts.stop();
    this.sweep.stop();
    this.#derived.stop();
    this.history.stop();
    this.rollUp.stop();
    this.upkeep.stop();
    await this.writer.stop();
  }
}
