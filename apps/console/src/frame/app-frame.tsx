import { Outlet, useNavigate } from "@tanstack/react-router";
import { Suspense, useEffect, useState } from "react";
import { queries } from "../api/browser.tsx";
import { useMay, useMe } from "../api/me.tsx";
import { startLive, useTopics } from "../live/live-link.tsx";
import { Banner } from "../parts/banner.tsx";
import { Toasts } from "../parts/toasts.tsx";
import { useKeptPrefs } from "../prefs/kept-prefs.tsx";
import { setPrefs } from "../prefs/prefs.tsx";
import { useBrand } from "./brand.tsx";
import "./frame.css";
import { useEntries } from "./entries.tsx";
import { KeysSheet } from "./keys-sheet.tsx";
import { useKeys } from "./keys.tsx";
import { LinkBanner } from "./link-banner.tsx";
import { useNarrow } from "./narrow.tsx";
import { OnCallTabs } from "./on-call-tabs.tsx";
import { Palette } from "./palette.tsx";
import { MANAGE, OPERATE } from "./places.tsx";
import { Rail } from "./rail.tsx";
import { StatusBar } from "./status-bar.tsx";
import { TopBar } from "./top-bar.tsx";

/** What stands around every page behind the login. */
export const AppFrame = () => {
  const [open, setOpen] = useState<"find" | "keys">();
  const navigate = useNavigate();
  const isNarrow = useNarrow();
  useTopics("nodes", "alarms");
  useKeptPrefs();
  useBrand();
  useEffect(() => startLive(() => void queries.invalidateQueries({ queryKey: ["me"] })), []);
  useFrameKeys(setOpen);
  const close = (): void => setOpen(undefined);
  return (
    <div className="app">
      <a className="skip" href="#content">
        To the content
      </a>
      {isNarrow ? null : (
        <>
          <Rail />
          <TopBar onFind={() => setOpen("find")} onKeys={() => setOpen("keys")} />
        </>
      )}
      <main id="content" tabIndex={-1}>
        <LinkBanner />
        <PasswordBanner />
        <Suspense fallback={<div className="bar" aria-busy />}>
          <Outlet />
        </Suspense>
      </main>
      {isNarrow ? <OnCallTabs /> : <StatusBar />}
      <Toasts />
      <FindOrRun isOpen={open === "find"} onClose={close} onGo={(href) => void navigate({ href })} onKeys={() => setOpen("keys")} />
      <KeysSheet isOpen={open === "keys"} onClose={close} />
    </div>
  );
};

const FindOrRun = ({
  isOpen,
  onClose,
  onGo,
  onKeys,
}: {
  isOpen: boolean;
  onClose: () => void;
  onGo: (href: string) => void;
  onKeys: () => void;
}) => {
  const entries = useEntries(isOpen);
  return (
    <Palette
      isOpen={isOpen}
      onClose={onClose}
      entries={entries}
      onRun={({ id }) => {
        const [what, ...rest] = id.split(" ");
        if (what === "go") {
          onGo(rest.join(" "));
        } else if (what === "theme") {
          setPrefs({ theme: rest[0] as "dark" });
        } else if (what === "density") {
          setPrefs({ density: rest[0] as "normal" });
        } else if (what === "keys") {
          onKeys();
        }
      }}
    />
  );
};

const useFrameKeys = (setOpen: (open: "find" | "keys") => void): void => {
  const navigate = useNavigate();
  const may = useMay();
  useKeys([
    { keys: "ctrl k", does: "Find or run", act: () => setOpen("find") },
    { keys: "?", does: "Keys of this page", act: () => setOpen("keys") },
    ...[...OPERATE, ...MANAGE]
      .filter(({ act }) => may(act).is)
      .map(({ to, word, key }) => ({ keys: `g ${key}`, does: `Go to ${word}`, act: () => void navigate({ to }) })),
  ]);
};

const PasswordBanner = () => {
  const { must_change_password: must } = useMe();
  return must ? (
    <Banner kind="warning" title="Your password must be changed." aside={<a href="/account">My account</a>}>
      Until then nothing else is answered.
    </Banner>
  ) : null;
};
