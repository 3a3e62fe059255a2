import "./plain-zod.ts";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queries } from "./api/browser.tsx";
import { applyPrefs } from "./prefs/prefs.tsx";
import { router } from "./router.tsx";
import "./style/tokens.css";
import "./style/base.css";
import "./style/controls.css";
import "./style/table.css";

applyPrefs();

const root = document.querySelector("#root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
