import { useState } from "react";
import type { MemberRole, User } from "@bilbycast/contracts/manager-api";
import { api, renew } from "../../api/browser.tsx";
import { useMay, useMe } from "../../api/me.tsx";
import { useCanWrite } from "../../frame/link-banner.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { SecretField, SelectField, SwitchField, TextField } from "../../parts/field.tsx";
import { FormFailure } from "../../parts/form-failure.tsx";
import { useAct } from "../../parts/mutate.tsx";
import { SideSheet } from "../../parts/side-sheet.tsx";
import { useFormDraft } from "../../prefs/form-draft.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { fieldOfTime, timeOfField } from "../../words/times.ts";

const ROLES: readonly { value: MemberRole; label: string }[] = [
  { value: "viewer", label: "Viewer: sees" },
  { value: "operator", label: "Operator: steers" },
  { value: "admin", label: "Admin: arranges" },
];

const PASSWORD_HINT = "8 characters at least, with upper case, lower case and a digit.";

/** Adds a person to a group. */
export const NewUser = ({ onClose }: { onClose: () => void }) => {
  const { groups } = useMe();
  const { group } = usePrefs();
  const may = useMay();
  const canWrite = useCanWrite();
  const mine = groups.filter(({ id }) => may("user.create", { groupId: id }).is);
  const start = { ...NOBODY, group_id: mine.find(({ id }) => id === group)?.id ?? mine[0]?.id ?? "" };
  const { form, set, forget, mark } = useFormDraft<NewPerson>("new person", start, ["password"]);
  const create = useAct({
    act: () => api("createUser", { body: createdBy(form) }),
    said: (user) => `${user.display_name} may sign in.`,
    onDone: () => {
      forget();
      void renew("users", "members");
      onClose();
    },
    isQuiet: true,
  });
  return (
    <SideSheet
      title="New person"
      isOpen
      onClose={onClose}
      head={mark}
      foot={
        <>
          <span className="grow">{create.failure?.problems.length === 0 ? <FormFailure failure={create.failure} /> : null}</span>
          <button type="button" className="btn ghost" onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            form="new-user"
            className="btn pri"
            disabled={!canWrite || create.isRunning || form.username === "" || form.password === "" || form.group_id === ""}
          >
            Create person
          </button>
        </>
      }
    >
      <form
        id="new-user"
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          create.run(undefined);
        }}
      >
        <NewUserFields form={form} set={set} problemOf={create.problemOf} groups={mine} />
      </form>
    </SideSheet>
  );
};

type NewPerson = {
  username: string;
  display_name: string;
  email: string;
  password: string;
  group_id: string;
  role: MemberRole;
  until: string;
};

const NOBODY: NewPerson = { username: "", display_name: "", email: "", password: "", group_id: "", role: "viewer", until: "" };

const createdBy = ({ until, email, ...form }: NewPerson) => ({
  ...form,
  email: email === "" ? null : email,
  is_temporary: until !== "",
  expires_at: timeOfField(until),
});

type NewUserGiven = {
  form: NewPerson;
  set: (change: Partial<NewPerson>) => void;
  problemOf: (field: string) => string | undefined;
  groups: readonly { id: string; name: string }[];
};

const NewUserFields = ({ form, set, problemOf, groups }: NewUserGiven) => (
  <>
    <TextField
      label="User name"
      value={form.username}
      onChange={(username) => set({ username })}
      problem={problemOf("username")}
      hint="Letters, digits, _ . and -."
      autoFocus
      isRequired
    />
    <TextField
      label="Name"
      value={form.display_name}
      onChange={(name) => set({ display_name: name })}
      problem={problemOf("display_name")}
      isRequired
    />
    <TextField label="Mail" type="email" value={form.email} onChange={(email) => set({ email })} problem={problemOf("email")} />
    <SecretField
      label="First password"
      value={form.password}
      onChange={(password) => set({ password })}
      problem={problemOf("password")}
      hint={`${PASSWORD_HINT} They are asked for another one when they first come.`}
      isRequired
    />
    <div className="pair">
      <SelectField
        label="Group"
        value={form.group_id}
        onChange={(id) => set({ group_id: id })}
        options={groups.map(({ id, name }) => ({ value: id, label: name }))}
      />
      <SelectField label="Role" value={form.role} onChange={(role) => set({ role: role as MemberRole })} options={ROLES} />
    </div>
    <UntilField value={form.until} onChange={(until) => set({ until })} problem={problemOf("expires_at")} />
  </>
);

type UntilGiven = { value: string; onChange: (until: string) => void; problem: string | undefined };

/** When somebody's access ends. */
const UntilField = (given: UntilGiven) => <TextField label="Until" type="datetime-local" hint="Empty: for good." {...given} />;

/** One person: what is known of them, their password, their end. */
export const UserSheet = ({ user, onClose }: { user: User; onClose: () => void }) => {
  const me = useMe();
  const may = useMay()("user.update", {
    user: { userId: user.id, platformRole: user.platform_role, groupIds: user.memberships.map(({ group_id: id }) => id) },
  });
  const canWrite = useCanWrite() && may.is;
  const { form, set, forget, mark } = useFormDraft(`person ${user.id} ${user.version}`, {
    display_name: user.display_name,
    email: user.email ?? "",
    is_active: user.is_active,
    until: fieldOfTime(user.expires_at),
  });
  const params = { user_id: user.id };
  const save = useAct({
    act: () =>
      api("updateUser", {
        params,
        version: user.version,
        body: {
          display_name: form.display_name,
          email: form.email === "" ? null : form.email,
          is_active: form.is_active,
          is_temporary: form.until !== "",
          expires_at: timeOfField(form.until),
        },
      }),
    said: () => "Saved.",
    onDone: () => {
      forget();
      void renew("users");
      onClose();
    },
    isQuiet: true,
  });
  return (
    <SideSheet
      title={user.display_name}
      on={user.username}
      isOpen
      onClose={onClose}
      head={mark}
      foot={
        <>
          <span className="grow">{may.is ? <FormFailure failure={save.failure} /> : <span className="dim">{may.why}</span>}</span>
          <button type="button" className="btn ghost" onClick={onClose}>
            Cancel
          </button>
          <button type="button" className="btn pri" disabled={!canWrite || save.isRunning} onClick={() => save.run(undefined)}>
            Save
          </button>
        </>
      }
    >
      <div className="form">
        <TextField
          label="Name"
          value={form.display_name}
          onChange={(name) => set({ display_name: name })}
          problem={save.problemOf("display_name")}
        />
        <TextField label="Mail" type="email" value={form.email} onChange={(email) => set({ email })} problem={save.problemOf("email")} />
        <UntilField value={form.until} onChange={(until) => set({ until })} problem={save.problemOf("expires_at")} />
        <SwitchField
          label="May sign in"
          hint="Switched off, they are signed out at once."
          isOn={form.is_active}
          onChange={(isActive) => set({ is_active: isActive })}
          isDisabled={user.id === me.id}
        />
        <PasswordOf user={user} isOff={!canWrite} />
        <PlatformRole user={user} />
        <Removal user={user} isOff={!canWrite || user.id === me.id} onDone={onClose} />
      </div>
    </SideSheet>
  );
};

const PasswordOf = ({ user, isOff }: { user: User; isOff: boolean }) => {
  const [password, setPassword] = useState("");
  const set = useAct({
    act: () => api("setUserPassword", { params: { user_id: user.id }, body: { new_password: password } }),
    said: () => `${user.display_name} has a new password, and must change it. All their sessions have ended.`,
    onDone: () => setPassword(""),
    isQuiet: true,
  });
  return (
    <>
      <h2>Password</h2>
      <SecretField
        label="New password"
        value={password}
        onChange={setPassword}
        hint={PASSWORD_HINT}
        problem={set.failure?.message}
        code={set.failure?.code}
      />
      <div>
        <button type="button" className="btn" disabled={isOff || password === "" || set.isRunning} onClick={() => set.run(undefined)}>
          Set password
        </button>
      </div>
    </>
  );
};

const PlatformRole = ({ user }: { user: User }) => {
  const may = useMay()("user.platform_role");
  const isSuper = user.platform_role === "super_admin";
  const set = useAct({
    act: () => api("setPlatformRole", { params: { user_id: user.id }, body: { platform_role: isSuper ? "user" : "super_admin" } }),
    said: () => (isSuper ? "No super admin any more." : "Is super admin now."),
    onDone: () => void renew("users"),
  });
  return may.is ? (
    <>
      <h2>Whole installation</h2>
      <div className="row">
        <span className="grow">{isSuper ? "Super admin: may do everything, everywhere." : "A user: may do what their groups allow."}</span>
        <button type="button" className="btn" disabled={set.isRunning} onClick={() => set.run(undefined)}>
          {isSuper ? "Make a user" : "Make super admin"}
        </button>
      </div>
    </>
  ) : null;
};

const Removal = ({ user, isOff, onDone }: { user: User; isOff: boolean; onDone: () => void }) => {
  const [isOpen, setOpen] = useState(false);
  const remove = useAct({
    act: () => api("deleteUser", { params: { user_id: user.id } }),
    said: () => `${user.display_name} removed.`,
    onDone: () => {
      void renew("users", "members");
      onDone();
    },
  });
  return (
    <>
      <h2>Remove</h2>
      <div className="row">
        <span className="grow mid">Their name stays in the record of what they did.</span>
        <button type="button" className="btn" disabled={isOff} onClick={() => setOpen(true)}>
          Remove person
        </button>
      </div>
      <Confirm
        title={`Remove ${user.display_name}`}
        sentence="All their sessions and tokens end at once."
        keep="Keep"
        act="Hold to remove"
        isHeld
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        onAct={() => remove.run(undefined)}
      />
    </>
  );
};
