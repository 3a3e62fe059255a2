type Ticket = { texts?: readonly string[] };

/** Lets acks out in the order in which tickets were taken, however long each of them is in the making. */
export class AckOrder {
  readonly #send: (text: string) => void;
  readonly #tickets: Ticket[] = [];

  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  /** Taken at the moment when a command took effect; called with its ack, and what goes right behind it. */
  take(): (...texts: string[]) => void {
    const ticket: Ticket = {};
    this.#tickets.push(ticket);
    return (...texts) => {
      ticket.texts = texts;
      for (let first = this.#tickets[0]; first?.texts !== undefined; first = this.#tickets[0]) {
        this.#tickets.shift();
        first.texts.forEach(this.#send);
      }
    };
  }
}
