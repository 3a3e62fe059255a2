/** The world refused something that we asked of it, or somebody asked us for something that cannot be. */
export class Fault extends Error {
  override readonly name = "Fault";
  /** Stable, lower snake case, begins with the transport or the area; never renamed. */
  readonly code: string;
  /** Machine-readable facts beside the sentence: the field, the address, the limit. Never a secret. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: { cause?: unknown; details?: Record<string, unknown> } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  /** The form that crosses a thread or the wire; the cause is folded into the sentence. */
  toJSON(): FaultBody {
    const cause = this.cause instanceof Error ? `: ${this.cause.message}` : "";
    return { code: this.code, message: `${this.message.replace(/\.$/, "")}${cause}`, details: this.details };
  }

  static from(body: FaultBody): Fault {
    return new Fault(body.code, body.message, { details: { ...body.details } });
  }
}

export type FaultBody = { code: string; message: string; details: Readonly<Record<string, unknown>> };

export const isFault = (value: unknown): value is Fault => value instanceof Fault;
