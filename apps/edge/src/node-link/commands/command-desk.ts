import {
  COMMAND_BYTES_MAX,
  COMMANDS,
  FRAME_BYTES_MAX,
  readAction,
  type Action,
  type CommandAck,
  type CommandName,
  type MediaFrameHeader,
} from "@bilbycast/contracts/node-link";
import { Fault } from "@bilbycast/foundation/fault";
import { configView } from "../../api/config-view.ts";
import type { Log } from "../../log.ts";
import { AckOrder } from "../ack-order.ts";
import { frame } from "../frames.ts";
import { ackOfError } from "./ack.ts";
import type { Desk } from "./desk.ts";
import { flowCommands } from "./flow-commands.ts";
import { groupCommands } from "./group-commands.ts";
import { mediaCommands } from "./media-commands.ts";
import { nodeCommands } from "./node-commands.ts";
import { partCommands } from "./part-commands.ts";

type AnyHandler = (params: Action, desk: Desk) => Promise<unknown>;

const HANDLERS = { ...nodeCommands, ...flowCommands, ...partCommands, ...groupCommands, ...mediaCommands } as unknown as Readonly<
  Record<CommandName, AnyHandler>
>;

/**
 * Does what the manager asks, each command as a task of its own, and acks in the order in which the commands took effect. One desk for
 * each connection: a command goes on when its connection ends, and its ack goes nowhere.
 */
export class CommandDesk {
  readonly #desk: Omit<Desk, "effect">;
  readonly #order: AckOrder;
  readonly #log: Log;

  constructor(desk: Omit<Desk, "effect">, answer: (text: string) => void, log: Log) {
    this.#desk = desk;
    this.#order = new AckOrder(answer);
    this.#log = log;
  }

  /** `bytes`: how large the frame was. Never rejects. */
  async command(commandId: string, given: Record<string, unknown>, bytes: number): Promise<void> {
    await this.#ack(commandId, async (desk) => {
      if (bytes > COMMAND_BYTES_MAX && given["type"] !== "upload_media_chunk") {
        throw new Fault("request_too_large", "A command has at most 1 MB, like a request to the API");
      }
      const read = readAction(given);
      if (read.kind === "refused") {
        throw new Fault(read.code, read.message, { details: read.field === undefined ? {} : { field: read.field } });
      }
      const { type } = read.action;
      const { changesConfig } = COMMANDS[type];
      this.#log[changesConfig ? "info" : "debug"]({ command_id: commandId, action: type }, "the manager commands");
      return { data: await HANDLERS[type](read.action, desk), hasConfig: type === "get_config" };
    });
  }

  /** A piece of a media file, whose header came in a binary frame. Never rejects. */
  async upload({ command_id: commandId, ...chunk }: MediaFrameHeader, bytes: Uint8Array): Promise<void> {
    await this.#ack(commandId, async ({ media }) => ({ data: await media.upload(chunk, bytes) }));
  }

  async #ack(commandId: string, task: (desk: Desk) => Promise<{ data: unknown; hasConfig?: boolean }>): Promise<void> {
    let ticket: ((...texts: string[]) => void) | undefined;
    const effect = (): void => {
      ticket ??= this.#order.take();
    };
    const texts: string[] = [];
    try {
      const { data, hasConfig } = await task({ ...this.#desk, effect });
      texts.push(frame("command_ack", { command_id: commandId, success: true, data }));
      if (hasConfig === true) {
        texts.push(frame("config_response", configView(this.#desk.context, "2")));
      }
    } catch (error) {
      const ack = ackOfError(commandId, error);
      if (ack.error_code === "internal") {
        this.#log.error({ err: error, command_id: commandId }, "a command failed");
      }
      texts.push(frame("command_ack", ack));
    }
    effect();
    const isTooLarge = texts.some((text) => Buffer.byteLength(text) > FRAME_BYTES_MAX);
    ticket?.(...(isTooLarge ? [frame("command_ack", tooLarge(commandId))] : texts));
  }
}

const tooLarge = (commandId: string): CommandAck => ({
  command_id: commandId,
  success: false,
  error: "The answer is larger than a frame may be",
  error_code: "answer_too_large",
});
