import type { Plan } from "./use-builder.tsx";

const shown = (value: unknown): string => (value === undefined ? "–" : typeof value === "string" ? value : JSON.stringify(value));
const isSecret = (path: string): boolean => /passphrase|secret|key|password|token/i.test(path);

/** Somebody changed the same fields meanwhile: what they have, what one wants, what it was. */
export const Conflicts = ({ conflicts, onTakeTheirs }: { conflicts: Plan["conflicts"]; onTakeTheirs: () => void }) => (
  <div className="panel conflicts" role="alert">
    <header>Somebody changed the same fields since this was opened</header>
    <table className="plain">
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Node has</th>
          <th scope="col">You want</th>
          <th scope="col">Was</th>
        </tr>
      </thead>
      <tbody>
        {conflicts.map(({ path, theirs, mine, base }) => (
          <tr key={path}>
            <td className="m">{path}</td>
            <td>
              <span className="chip comm">{isSecret(path) ? "changed" : shown(theirs)}</span>
            </td>
            <td>
              <span className="chip pend">{isSecret(path) ? "new" : shown(mine)}</span>
            </td>
            <td className="m dim">{isSecret(path) ? "set" : shown(base)}</td>
          </tr>
        ))}
      </tbody>
    </table>
    <div className="row" style={{ padding: 10 }}>
      <span className="m dim grow">config_conflict</span>
      <button type="button" className="btn" onClick={onTakeTheirs}>
        Go on from what the node has
      </button>
    </div>
  </div>
);
