import type { BodyOf, Endpoint, NodeObject, ParamsOf, QueryOf, Target, UserObject } from "@bilbycast/contracts/manager-api";
import type { FastifyReply } from "fastify";
import type { Caller, Origin } from "../access/caller.ts";

/** What a handler gets: a request that was understood, from somebody who may make it. */
export type Asked<E extends Endpoint> = {
  readonly params: ParamsOf<E>;
  readonly query: QueryOf<E>;
  readonly body: BodyOf<E>;
  /** undefined for endpoints that are public, where nobody is known. */
  readonly caller: Caller | undefined;
  readonly origin: Origin;
  readonly target: Target;
  /** The version that `If-Match` names; undefined: none. */
  readonly version: number | undefined;
  /** For headers and cookies of the answer; its body is what the handler returns. */
  readonly reply: FastifyReply;
};

/** Who asks, where the endpoint lets nobody in who is not known. */
export const callerIn = ({ caller }: Pick<Asked<Endpoint>, "caller">): Caller => {
  if (caller === undefined) {
    throw new TypeError("this endpoint is public and has no caller");
  }
  return caller;
};

/** The node that the request is about. */
export const nodeIn = ({ target }: Pick<Asked<Endpoint>, "target">): NodeObject => {
  if (target === undefined || !("node" in target)) {
    throw new TypeError("this endpoint is not about a node");
  }
  return target.node;
};

/** The person that the request is about. */
export const userIn = ({ target }: Pick<Asked<Endpoint>, "target">): UserObject => {
  if (target === undefined || !("user" in target)) {
    throw new TypeError("this endpoint is not about a person");
  }
  return target.user;
};
