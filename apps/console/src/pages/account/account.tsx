import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { MemberRole } from "@bilbycast/contracts/manager-api";
import { api, ask, renew } from "../../api/browser.tsx";
import { useMe } from "../../api/me.tsx";
import { useNarrow } from "../../frame/narrow.tsx";
import { PageBar } from "../../frame/page-bar.tsx";
import { useNow } from "../../live/use-now.tsx";
import { CopyLine } from "../../parts/copy-line.tsx";
import { SecretField, SelectField, TextField } from "../../parts/field.tsx";
import { FormFailure } from "../../parts/form-failure.tsx";
import { useAct } from "../../parts/mutate.tsx";
import { setPrefs, usePrefs, type Prefs } from "../../prefs/prefs.tsx";
import { momentText } from "../../words/times.ts";
import { OnCallMe } from "../on-call/me.tsx";
import "../people/people.css";

/** One's own name, password, sessions, tokens, and how the console looks. */
export const Account = () => {
  const me = useMe();
  return (
    <>
      <PageBar title="My account" about={me.username} />
      <div className="pane scroll group-work grow">
        {useNarrow() ? <OnCallMe /> : null}
        <Profile />
        <Password />
        <Look />
        <Sessions />
        <Tokens />
      </div>
    </>
  );
};

const Profile = () => {
  const me = useMe();
  const [name, setName] = useState(me.display_name);
  const [email, setEmail] = useState(me.email ?? "");
  const save = useAct({
    act: () => api("updateMe", { body: { display_name: name, email: email === "" ? null : email } }),
    said: () => "Saved.",
    onDone: () => void renew("me"),
    isQuiet: true,
  });
  return (
    <div className="panel">
      <header>Name and mail</header>
      <div className="form">
        <div className="pair">
          <TextField label="Name" value={name} onChange={setName} problem={save.problemOf("display_name")} />
          <TextField label="Mail" type="email" value={email} onChange={setEmail} problem={save.problemOf("email")} />
        </div>
        <div className="row">
          <span className="grow">
            <FormFailure failure={save.failure} />
          </span>
          <button type="button" className="btn" disabled={save.isRunning} onClick={() => save.run(undefined)}>
            Save
          </button>
        </div>
      </div>
    </div>
  );
};

const Password = () => {
  const me = useMe();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useAct({
    act: () => api("changePassword", { body: { current_password: current, new_password: next } }),
    said: () => "Password changed. Every other session of yours has ended.",
    onDone: () => {
      setCurrent("");
      setNext("");
      void renew("me", "sessions");
    },
    isQuiet: true,
  });
  return (
    <div className="panel">
      <header>Password</header>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          change.run(undefined);
        }}
      >
        <input type="text" name="username" autoComplete="username" value={me.username} readOnly hidden />
        <div className="pair">
          <SecretField
            label="The present one"
            value={current}
            onChange={setCurrent}
            autoComplete="current-password"
            problem={change.failure?.code === "auth_refused" ? change.failure.message : undefined}
          />
          <SecretField
            label="The new one"
            value={next}
            onChange={setNext}
            hint="8 characters at least, with upper case, lower case and a digit."
            problem={change.problemOf("new_password")}
          />
        </div>
        <div className="row">
          <span className="grow">
            <FormFailure failure={change.failure?.code === "auth_refused" ? undefined : change.failure} />
          </span>
          <button
            type="submit"
            className={`btn${me.must_change_password ? " pri" : ""}`}
            disabled={current === "" || next === "" || change.isRunning}
          >
            Change password
          </button>
        </div>
      </form>
    </div>
  );
};

const Look = () => {
  const prefs = usePrefs();
  const zones = ["", "UTC", ...Intl.supportedValuesOf("timeZone")];
  return (
    <div className="panel">
      <header>How the console looks, in every browser of yours</header>
      <div className="form">
        <div className="pair">
          <SelectField
            label="Theme"
            value={prefs.theme}
            onChange={(theme) => setPrefs({ theme: theme as Prefs["theme"] })}
            options={[
              { value: "system", label: "As the system" },
              { value: "dark", label: "Dark" },
              { value: "light", label: "Light" },
              { value: "contrast", label: "High contrast" },
            ]}
          />
          <SelectField
            label="Rows"
            value={prefs.density}
            onChange={(density) => setPrefs({ density: density as Prefs["density"] })}
            options={[
              { value: "normal", label: "Normal" },
              { value: "compact", label: "Compact" },
              { value: "touch", label: "For fingers" },
            ]}
          />
          <SelectField
            label="Plant time"
            value={prefs.zone ?? ""}
            onChange={(zone) => setPrefs({ zone: zone === "" ? undefined : zone })}
            options={zones.map((zone) => ({ value: zone, label: zone === "" ? "Of this device" : zone }))}
            hint="Every time on every page is in this zone."
          />
        </div>
      </div>
    </div>
  );
};

const Sessions = () => {
  const sessions = useQuery(ask("sessions")).data?.sessions ?? [];
  const now = useNow();
  const { zone } = usePrefs();
  const end = useAct({
    act: (id: string) => api("revokeSession", { params: { session_id: id } }),
    said: () => "Session ended.",
    onDone: () => void renew("sessions"),
  });
  return (
    <div className="panel scroll" role="group" aria-label="Sessions" tabIndex={0}>
      <header>Sessions</header>
      <table className="plain" aria-label="Sessions">
        <thead>
          <tr>
            <th scope="col">Browser</th>
            <th scope="col">From</th>
            <th scope="col">Since</th>
            <th scope="col">Last seen</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {sessions.map((each) => (
            <tr key={each.id}>
              <td className="el" style={{ maxWidth: 320 }} title={each.user_agent}>
                {each.user_agent}
              </td>
              <td className="m">{each.ip_address}</td>
              <td className="m">{momentText(Date.parse(each.created_at), now, zone)}</td>
              <td className="m">{momentText(Date.parse(each.last_seen_at), now, zone)}</td>
              <td className="r">
                {each.is_own ? (
                  <span className="chip">this one</span>
                ) : (
                  <button type="button" className="btn sm" onClick={() => end.run(each.id)}>
                    End
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

const Tokens = () => {
  const { groups } = useMe();
  const tokens = useQuery(ask("tokens")).data?.tokens ?? [];
  const now = useNow();
  const { zone } = usePrefs();
  const [name, setName] = useState("");
  const [role, setRole] = useState<MemberRole>("viewer");
  const [group, setGroup] = useState("");
  const create = useAct({
    act: () => api("createToken", { body: { name, role, group_id: group === "" ? null : group, expires_in_days: 90 } }),
    onDone: () => {
      setName("");
      void renew("tokens");
    },
    isQuiet: true,
  });
  const [made, setMade] = useState<string>();
  const end = useAct({
    act: (id: string) => api("revokeToken", { params: { token_id: id } }),
    said: () => "Token ended.",
    onDone: () => void renew("tokens"),
  });
  return (
    <div className="panel scroll" role="group" aria-label="API tokens" tabIndex={0}>
      <header>API tokens</header>
      <table className="plain" aria-label="API tokens">
        <tbody>
          {tokens.map((each) => (
            <tr key={each.id}>
              <td className="b">{each.name}</td>
              <td>
                {each.role},{" "}
                {each.group_id === null ? "all groups" : (groups.find(({ id }) => id === each.group_id)?.name ?? each.group_id)}
              </td>
              <td className="mid">until {momentText(Date.parse(each.expires_at), now, zone)}</td>
              <td className="mid">
                {each.last_used_at === null ? "never used" : `used ${momentText(Date.parse(each.last_used_at), now, zone)}`}
              </td>
              <td className="r">
                <button type="button" className="btn sm" onClick={() => end.run(each.id)}>
                  End
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="form">
        {made === undefined ? null : <CopyLine label="The token, shown this once" text={made} />}
        <div className="pair">
          <TextField
            label="Name of a new token"
            value={name}
            onChange={setName}
            problem={create.problemOf("name")}
            hint="Good for 90 days."
          />
          <SelectField
            label="The most that it may"
            value={role}
            onChange={(value) => setRole(value as MemberRole)}
            options={[
              { value: "viewer", label: "Viewer: see" },
              { value: "operator", label: "Operator: steer" },
              { value: "admin", label: "Admin: arrange" },
            ]}
          />
          <SelectField
            label="Where"
            value={group}
            onChange={setGroup}
            options={[{ value: "", label: "All my groups" }, ...groups.map(({ id, name: label }) => ({ value: id, label }))]}
          />
        </div>
        <div className="row">
          <span className="grow">
            <FormFailure failure={create.failure} />
          </span>
          <button
            type="button"
            className="btn"
            disabled={name === "" || create.isRunning}
            onClick={() => create.run(undefined, { onSuccess: ({ token }) => setMade(token) })}
          >
            Make a token
          </button>
        </div>
      </div>
    </div>
  );
};
