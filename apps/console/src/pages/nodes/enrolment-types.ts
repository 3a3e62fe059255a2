import type { AnswerOf, Endpoints } from "@bilbycast/contracts/manager-api";

export type { NodeCard } from "@bilbycast/contracts/manager-api";
export type Enrolment = AnswerOf<Endpoints["nodeToken"]>;
