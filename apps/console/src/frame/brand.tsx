import { useEffect, useSyncExternalStore } from "react";
import { urlOf } from "../api/api.ts";
import { useMe } from "../api/me.tsx";
import { usePrefs } from "../prefs/prefs.tsx";
import { brandOn, type Brand } from "../style/brand.ts";

/** The theme that is drawn now, which may be the system's. */
const useTheme = (): string =>
  useSyncExternalStore(
    (listener) => {
      const observer = new MutationObserver(listener);
      observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
      return () => observer.disconnect();
    },
    () => document.documentElement.dataset["theme"] ?? "",
  );

/** How a colour is shown in the theme of now; undefined: it is none. */
export const useBrandOf = (color: string | null | undefined): Brand | undefined => {
  useTheme();
  if (color === undefined || color === null || !/^#[0-9a-f]{6}$/i.test(color)) {
    return undefined;
  }
  const style = getComputedStyle(document.documentElement);
  const valueOf = (name: string): string => style.getPropertyValue(name).trim();
  const ground = { panel: valueOf("--panel"), pgm: valueOf("--pgm") };
  // The system's own colours have no number here, and take the place of ours anyway.
  return Object.values(ground).every((each) => each.startsWith("#")) ? brandOn(color.toLowerCase(), ground) : { is: "as chosen", color };
};

/** The group whose mark stands at the top; undefined: all of them, which have none. */
export const useTenant = () => {
  const { groups } = useMe();
  const { group } = usePrefs();
  return groups.find(({ id }) => id === group) ?? (groups.length === 1 ? groups[0] : undefined);
};

/** The one colour of a tenant: of the mark and the stripe beside it, and of nothing that is pressed or read. */
export const useBrand = (): void => {
  const brand = useBrandOf(useTenant()?.brand_color);
  const color = brand === undefined ? undefined : brand.is === "too near to on air" ? "var(--line-3)" : brand.color;
  useEffect(() => {
    if (color === undefined) {
      document.documentElement.style.removeProperty("--brand");
    } else {
      document.documentElement.style.setProperty("--brand", color);
    }
  }, [color]);
};

/** The address of a group's logo; another logo has another one. */
export const logoUrl = (groupId: string, version: number): string =>
  `${urlOf("groupLogo", { params: { group_id: groupId } })}?v=${version}`;

/** A group's logo, or the triangle in its colour. */
export const TenantMark = () => {
  const tenant = useTenant();
  return tenant === undefined || tenant.logo_version === null ? (
    <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden>
      <path d="M1 13 7 1l6 12z" fill="none" stroke="var(--brand)" strokeWidth="2" />
    </svg>
  ) : (
    <img className="logo" src={logoUrl(tenant.id, tenant.logo_version)} alt="" />
  );
};
