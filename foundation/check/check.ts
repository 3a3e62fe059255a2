/** Our own bug. Whoever runs the code ends the one flow that it belongs to. */
export class CheckFailed extends Error {
  override readonly name = "CheckFailed";
}

/** Throws `CheckFailed` when something that must always hold does not. Never for what a peer or a person sends. */
export function check(holds: boolean, what: string): asserts holds {
  if (!holds) {
    throw new CheckFailed(what);
  }
}
