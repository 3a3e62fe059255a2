import { createRoot } from "react-dom/client";
import { applyPrefs } from "../src/prefs/prefs.tsx";
import "../src/style/tokens.css";
import "../src/style/base.css";
import "../src/style/controls.css";
import "../src/style/table.css";
import { Gallery } from "./gallery.tsx";

applyPrefs();
const root = document.querySelector("#root");
if (root !== null) {
  createRoot(root).render(<Gallery />);
}
