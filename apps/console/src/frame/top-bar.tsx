import { Menu } from "@base-ui/react/menu";
import { Link, useNavigate } from "@tanstack/react-router";
import { api, queries } from "../api/browser.tsx";
import { useMe } from "../api/me.tsx";
import { useNow } from "../live/use-now.tsx";
import { StateGlyph } from "../parts/glyph.tsx";
import { Icon } from "../parts/icon.tsx";
import { Ticking } from "../parts/ticking.tsx";
import { setPrefs, usePrefs, type Prefs } from "../prefs/prefs.tsx";
import { initialsOf } from "../words/numbers.ts";
import { clockText, dateText, zoneText } from "../words/times.ts";
import { AirStrip } from "./air-strip.tsx";
import { TenantMark } from "./brand.tsx";
import { Crumbs } from "./crumbs.tsx";
import { useAlarmCounts } from "./use-alarm-counts.tsx";

/** Tenant, place, what is on air, find or run, alarms, time, person: the same on every page. */
export const TopBar = ({ onFind, onKeys }: { onFind: () => void; onKeys: () => void }) => (
  <header className="top">
    <TenantMenu />
    <Crumbs />
    <AirStrip />
    <button type="button" className="find" onClick={onFind} aria-keyshortcuts="Control+K">
      <Icon name="search" />
      <span>Find or run</span>
      <kbd>Ctrl K</kbd>
    </button>
    <Severities />
    <PlantClock />
    <PersonMenu onKeys={onKeys} />
  </header>
);

const TenantMenu = () => {
  const { groups } = useMe();
  const { group } = usePrefs();
  const current = groups.find(({ id }) => id === group);
  const name = current?.name ?? (groups.length === 1 ? groups[0]?.name : "All groups");
  if (groups.length < 2) {
    return (
      <span className="tenant">
        <TenantMark />
        <span className="el">{name ?? "No group"}</span>
      </span>
    );
  }
  return (
    <Menu.Root>
      <Menu.Trigger className="tenant" aria-label={`${name ?? ""}, group`}>
        <TenantMark />
        <span className="el">{name}</span>
        <Icon name="down" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="start" className="menu-place">
          <Menu.Popup className="menu">
            <Menu.Item className="item" onClick={() => setPrefs({ group: undefined })}>
              All groups
            </Menu.Item>
            {groups.map((each) => (
              <Menu.Item key={each.id} className="item" onClick={() => setPrefs({ group: each.id })}>
                {each.name}
                {each.id === group ? <Icon name="check" /> : null}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
};

const Severities = () => {
  const { critical, warning } = useAlarmCounts();
  return (
    <Link to="/events" search={{}} className="sev">
      <span className="spoken">Open alarms: </span>
      <span>
        <StateGlyph state="critical" silent />
        {critical}
        <span className="spoken"> critical, </span>
      </span>
      <span>
        <StateGlyph state="warning" silent />
        {warning}
        <span className="spoken"> warning</span>
      </span>
    </Link>
  );
};

const PlantClock = () => {
  const now = useNow();
  const { zone } = usePrefs();
  return (
    <div className="clock" role="timer" aria-live="off" aria-label="Plant time">
      <Ticking>{clockText(now, zone)}</Ticking>
      <small>
        {dateText(now, zone)} · {zoneText(now, zone)} · {clockText(now, "UTC").slice(0, 5)} UTC
      </small>
    </div>
  );
};

const THEMES: readonly { theme: Prefs["theme"]; word: string }[] = [
  { theme: "system", word: "As the system" },
  { theme: "dark", word: "Dark" },
  { theme: "light", word: "Light" },
  { theme: "contrast", word: "High contrast" },
];

const PersonMenu = ({ onKeys }: { onKeys: () => void }) => {
  const me = useMe();
  const prefs = usePrefs();
  const navigate = useNavigate();
  const initials = initialsOf(me.display_name === "" ? me.username : me.display_name);
  const leave = async (): Promise<void> => {
    await api("logout").catch(() => undefined);
    queries.clear();
    // A whole load: nothing of one person stays in the memory of the next one's page.
    location.assign("/login");
  };
  return (
    <Menu.Root>
      <Menu.Trigger className="me" aria-label={`${initials}, ${me.display_name}, menu`}>
        {initials}
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" className="menu-place">
          <Menu.Popup className="menu">
            <div className="menu-head">
              <b>{me.display_name}</b>
              <span className="dim">{me.platform_role === "super_admin" ? "Super admin" : me.username}</span>
            </div>
            <Menu.Item className="item" onClick={() => void navigate({ to: "/account" })}>
              My account
            </Menu.Item>
            <Menu.Item className="item" onClick={onKeys}>
              Keys of this page <kbd>?</kbd>
            </Menu.Item>
            <Menu.RadioGroup value={prefs.theme} onValueChange={(theme: Prefs["theme"]) => setPrefs({ theme })}>
              <div className="menu-title">Theme</div>
              {THEMES.map(({ theme, word }) => (
                <Menu.RadioItem key={theme} value={theme} className="item" closeOnClick={false}>
                  {word}
                  <Menu.RadioItemIndicator>
                    <Icon name="check" />
                  </Menu.RadioItemIndicator>
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
            <Menu.Separator className="menu-line" />
            <Menu.Item className="item" onClick={() => void leave()}>
              Sign out
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
};
