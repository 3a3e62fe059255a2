import { api, queries } from "../../api/browser.tsx";
import { useMe } from "../../api/me.tsx";
import { SelectField } from "../../parts/field.tsx";
import { setPrefs, usePrefs, type Prefs } from "../../prefs/prefs.tsx";

/** Whose telephone it is, which group they look at, and the way out. */
export const OnCallMe = () => {
  const me = useMe();
  const { group, theme } = usePrefs();
  const leave = async (): Promise<void> => {
    await api("logout").catch(() => undefined);
    queries.clear();
    location.assign("/login");
  };
  return (
    <div className="panel">
      <header>{me.display_name}</header>
      <div className="form">
        {me.groups.length < 2 ? null : (
          <SelectField
            label="Group"
            value={group ?? ""}
            onChange={(id) => setPrefs({ group: id === "" ? undefined : id })}
            options={[{ value: "", label: "All groups" }, ...me.groups.map(({ id, name }) => ({ value: id, label: name }))]}
          />
        )}
        <SelectField
          label="Theme of this view"
          value={theme}
          onChange={(next) => setPrefs({ theme: next as Prefs["theme"] })}
          options={[
            { value: "system", label: "As the system" },
            { value: "dark", label: "Dark" },
            { value: "light", label: "Light" },
            { value: "contrast", label: "High contrast" },
          ]}
        />
        <button type="button" className="btn" onClick={() => void leave()}>
          Sign out
        </button>
      </div>
    </div>
  );
};
