import type { CommandData, CommandName, CommandParams } from "@bilbycast/contracts/node-link";
import type { ApiContext } from "../../api/context.ts";
import type { MediaLibrary } from "../../media/media-library.ts";
import type { Credentials } from "../credentials.ts";
import type { PictureWatch } from "../picture-watch.ts";

/** What commands work with: the same as the routes of the API, and what only the link has. */
export type Desk = {
  context: ApiContext;
  credentials: Credentials;
  media: MediaLibrary;
  watch: PictureWatch;
  /** Called by a command that goes on after it took effect, at that moment. */
  effect: () => void;
};

/** Does one command. Throws the Fault that its ack tells. */
export type Handler<Name extends CommandName> = (params: CommandParams<Name>, desk: Desk) => Promise<CommandData<Name>>;

export type Handlers<Names extends CommandName> = { readonly [Name in Names]: Handler<Name> };
