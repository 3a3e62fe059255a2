import { useMutation } from "@tanstack/react-query";
import { ApiFailure } from "../api/api.ts";
import { tell } from "./toasts.tsx";

type Given<Input, Output> = {
  act: (input: Input) => Promise<Output>;
  /** What is told when it worked. */
  said?: (output: Output, input: Input) => string | undefined;
  onDone?: (output: Output, input: Input) => void;
  /** The form shows what was refused itself. */
  isQuiet?: boolean;
};

/** An act that changes something: it tells what came of it, and keeps a refusal for whoever shows it beside its field. */
export const useAct = <Input, Output>({ act, said, onDone, isQuiet = false }: Given<Input, Output>) => {
  const mutation = useMutation({
    mutationFn: act,
    onSuccess: (output: Output, input: Input) => {
      const text = said?.(output, input);
      if (text !== undefined) {
        tell({ kind: "done", text });
      }
      onDone?.(output, input);
    },
    onError: (error) => {
      if (!isQuiet) {
        tell({ kind: "failed", text: error.message, code: error instanceof ApiFailure ? error.code : undefined });
      }
    },
  });
  const failure = mutation.error instanceof ApiFailure ? mutation.error : undefined;
  return {
    run: mutation.mutate,
    isRunning: mutation.isPending,
    /** Of the last run that worked. */
    answer: mutation.data,
    failure,
    reset: mutation.reset,
    /** What was said of one field of the request's body. */
    problemOf: (field: string): string | undefined =>
      failure?.problems.find(({ path }) => path === field || path === `body.${field}`)?.message,
  };
};
