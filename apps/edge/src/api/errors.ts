import type { FastifyError, FastifyInstance } from "fastify";
import { hasZodFastifySchemaValidationErrors, isResponseSerializationError } from "fastify-type-provider-zod";
import type { ApiProblem, Failure } from "@bilbycast/contracts/edge-api";
import { Fault, isFault } from "@bilbycast/foundation/fault";
import { statusOf } from "./fault-status.ts";

/** Answers every error in the one form that the contract has, and logs what is a fault of ours with its causes. */
export const answerErrors = (server: FastifyInstance): void => {
  server.setErrorHandler((error, request, reply) => {
    const fault = faultOf(error);
    const status = statusOf(fault.code);
    if (status >= 500) {
      request.log.error({ err: error, fault: fault.code }, "a request failed");
    }
    if (status === 401) {
      void reply.header("WWW-Authenticate", "Bearer");
    }
    return reply.code(status).send(failureOf(fault));
  });
  server.setNotFoundHandler((request, reply) => {
    const fault = new Fault(
      "route_not_found",
      `There is no ${request.method} ${request.url.split("?")[0]}; /api/v1/openapi.json lists what there is`,
    );
    return reply.code(statusOf(fault.code)).send(failureOf(fault));
  });
};

/** The form of a fault that leaves the process: cause folded in, field and problems drawn out of the details. */
export const failureOf = (fault: Fault): Failure => {
  const { code, message, details } = fault.toJSON();
  const { field, problems, ...facts } = details;
  return {
    success: false,
    error: message,
    error_code: code,
    ...(typeof field === "string" && field !== "" ? { field } : {}),
    ...(Array.isArray(problems) ? { problems: problems as ApiProblem[] } : {}),
    ...(Object.keys(facts).length > 0 ? { details: { ...facts } } : {}),
  };
};

const faultOf = (error: unknown): Fault => {
  if (isFault(error)) {
    return error;
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    return validationFault(error);
  }
  if (isResponseSerializationError(error)) {
    return unfitFault(error);
  }
  const { code, statusCode, message } = error as Partial<FastifyError>;
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new Fault("request_too_large", "The body must be at most 1 MB");
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return new Fault("request_media_type", "The body must be JSON, with the header Content-Type: application/json");
    default:
      return statusCode !== undefined && statusCode >= 400 && statusCode < 500
        ? new Fault("request_malformed", message ?? "The request is malformed")
        : new Fault("internal", "The edge failed to answer; the log has the reason");
  }
};

/** Says where: whoever reports it has the half of the search done. Values are not told, they may be secrets. */
const unfitFault = ({ cause }: { cause?: unknown }): Fault => {
  const issues = (cause as { issues?: { path: PropertyKey[]; message: string }[] } | undefined)?.issues ?? [];
  const problems: ApiProblem[] = issues.slice(0, PROBLEMS_TOLD).map(({ path, message }) => {
    const field = path.map(String).join(".");
    return { path: field, field, code: "answer_unfit", message };
  });
  return new Fault("internal", "The answer did not fit the contract", { details: { field: problems[0]?.path ?? "", problems } });
};

const PROBLEMS_TOLD = 20;

type ValidationErrors = { validation: { instancePath: string; message?: string | undefined }[]; validationContext?: string | undefined };

const validationFault = (error: ValidationErrors): Fault => {
  const problems: ApiProblem[] = error.validation.map((issue) => {
    const path = issue.instancePath.slice(1).replaceAll("/", ".");
    return { path, field: path, code: "field_value", message: issue.message ?? "is wrong" };
  });
  const [first] = problems;
  return new Fault("request_malformed", `${first?.path ?? "The request"}: ${first?.message ?? "is wrong"}`, {
    details: { field: first?.path ?? "", problems },
  });
};
