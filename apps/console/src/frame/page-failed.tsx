import { useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { ApiFailure } from "../api/api.ts";
import { Empty, Refused } from "../parts/empty.tsx";

/** A page that could not be drawn keeps its frame, and offers what can be done. */
export const PageFailed = ({ error: thrown, reset }: ErrorComponentProps) => {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const router = useRouter();
  const code = error instanceof ApiFailure ? error.code : "console_fault";
  const details = `${code}: ${error.message}\n${location.href}\n${error.stack ?? ""}`;
  return (
    <div className="page-failed">
      <Refused sentence={error.message} code={code}>
        {error instanceof ApiFailure ? null : <span className="mid">This is a fault of the console.</span>}
      </Refused>
      <div className="row" style={{ padding: "0 16px 0 39px" }}>
        <button
          type="button"
          className="btn pri"
          onClick={() => {
            reset();
            void router.invalidate();
          }}
        >
          Retry
        </button>
        <button type="button" className="btn" onClick={() => void navigator.clipboard.writeText(details)}>
          Copy details
        </button>
      </div>
    </div>
  );
};

export const NothingHere = () => (
  <Empty
    title="Nothing is at this address"
    action={
      <a className="btn" href="/dashboard">
        Dashboard
      </a>
    }
  >
    It may have been moved, or it belongs to a group that you are not in.
  </Empty>
);
