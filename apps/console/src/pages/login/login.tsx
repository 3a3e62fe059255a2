import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { ApiFailure } from "../../api/api.ts";
import { api, ask, queries } from "../../api/browser.tsx";
import { useTitle } from "../../frame/link-banner.tsx";
import { safeNext } from "../../frame/search.ts";
import { SecretField, TextField } from "../../parts/field.tsx";
import { Mark } from "../../parts/icon.tsx";
import { Bars } from "./bars.tsx";
import "./login.css";

/** Who are you? */
export const Login = () => {
  useTitle("Sign in");
  const { next } = useSearch({ from: "/login" });
  const navigate = useNavigate();
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const login = useMutation({
    mutationFn: () => api("login", { body: { username, password } }),
    onSuccess: ({ user }) => {
      queries.setQueryData(ask("me").queryKey, user);
      void navigate({ href: user.must_change_password ? "/account" : safeNext(next) });
    },
    onError: () => setPassword(""),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    login.mutate();
  };
  const failure = login.error instanceof ApiFailure ? login.error : undefined;
  return (
    <div className="login">
      <section className="art" aria-hidden>
        <Bars />
      </section>
      <main>
        <div className="brand">
          <Mark size={40} />
          <div>
            <b>bilbycast</b>
            <span>manager</span>
          </div>
        </div>
        <h1>Sign in</h1>
        <form onSubmit={submit}>
          <TextField
            label="User name"
            name="username"
            value={username}
            onChange={setUsername}
            autoComplete="username"
            autoFocus
            isRequired
          />
          <SecretField
            label="Password"
            name="password"
            value={password}
            onChange={setPassword}
            autoComplete="current-password"
            isRequired
            problem={failure?.message}
            code={failure?.code}
          />
          <button className="btn pri" type="submit" disabled={login.isPending || username === "" || password === ""}>
            {login.isPending ? "Signing in" : "Sign in"}
          </button>
        </form>
        <footer className="row t12 dim">
          <span>{location.host}</span>
          <span className="grow" />
          <span>{location.protocol === "https:" ? "Encrypted" : "Not encrypted: http"}</span>
        </footer>
      </main>
    </div>
  );
};
