import { Menu } from "@base-ui/react/menu";
import { lazy, Suspense, useState, type ReactNode } from "react";
import type { Act, ManagedNode, NodeCard } from "@bilbycast/contracts/manager-api";
import { api } from "../../api/browser.tsx";
import { useMayOn } from "../../api/me.tsx";
import { useCanWrite } from "../../frame/link-banner.tsx";
import { useLiveRow } from "../../live/live-link.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { Icon } from "../../parts/icon.tsx";
import { useAct } from "../../parts/mutate.tsx";
import { SideSheet } from "../../parts/side-sheet.tsx";
import type { Enrolment } from "./enrolment-types.ts";
import "./nodes.css";

// Seldom opened: pages do not wait for them.
const DeleteNode = lazy(async () => ({ default: (await import("./admin/delete-node.tsx")).DeleteNode }));
const EnrolmentView = lazy(async () => ({ default: (await import("./enrolment.tsx")).EnrolmentView }));
const EditNode = lazy(async () => ({ default: (await import("./admin/edit-node.tsx")).EditNode }));
const MoveNode = lazy(async () => ({ default: (await import("./admin/move-node.tsx")).MoveNode }));
const ShareNode = lazy(async () => ({ default: (await import("./admin/share-node.tsx")).ShareNode }));

type Opened = "edit" | "share" | "move" | "token" | "rotate" | "delete";
type Choice = { opens: Opened; word: string; act: Act };

const CHOICES: readonly Choice[] = [
  { opens: "edit", word: "Edit", act: "node.update" },
  { opens: "share", word: "Share", act: "node.share" },
  { opens: "move", word: "Move to a group", act: "node.transfer" },
];
const CREDENTIALS: readonly Choice[] = [
  { opens: "token", word: "New registration token", act: "node.token" },
  { opens: "rotate", word: "Rotate secret", act: "node.rotate_secret" },
];
const ENDS: readonly Choice[] = [{ opens: "delete", word: "Delete", act: "node.delete" }];

/** What is done to a node now and then, and seldom to two. */
export const NodeMenu = ({ node, onDeleted }: { node: ManagedNode; onDeleted?: () => void }) => {
  const [open, setOpen] = useState<Opened>();
  const whyNot = useWhyNot(node);
  const close = (): void => setOpen(undefined);
  const items = (choices: readonly Choice[]): ReactNode =>
    choices.map(({ opens, word, act }) => <MenuChoice key={opens} word={word} why={whyNot(opens, act)} onChoose={() => setOpen(opens)} />);
  return (
    <>
      <Menu.Root>
        <Menu.Trigger className="btn ghost square sm" aria-label={`More about ${node.name}`}>
          <Icon name="more" />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner sideOffset={4} align="end" className="menu-place">
            <Menu.Popup className="menu">
              {node.web_ui_url === null ? null : (
                <Menu.Item className="item" render={<a href={node.web_ui_url} target="_blank" rel="noopener noreferrer" />}>
                  Open the device's page
                </Menu.Item>
              )}
              {items(CHOICES)}
              <Menu.Separator className="menu-line" />
              {items(CREDENTIALS)}
              <Menu.Separator className="menu-line" />
              {items(ENDS)}
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      <Suspense>
        {open === "edit" ? <EditNode node={node} onClose={close} /> : null}
        {open === "share" ? <ShareNode node={node} onClose={close} /> : null}
        {open === "move" ? <MoveNode node={node} onClose={close} /> : null}
        {open === "delete" ? <DeleteNode node={node} onClose={close} onDeleted={onDeleted} /> : null}
      </Suspense>
      <Credentials node={node} open={open} onClose={close} />
    </>
  );
};

/** Why something is not to be done to the node now; undefined: it is. */
const useWhyNot = (node: ManagedNode): ((opens: Opened, act: Act) => string | undefined) => {
  const may = useMayOn();
  const canWrite = useCanWrite();
  const card = useLiveRow<NodeCard>("nodes", node.id);
  return (opens, act) => {
    const allowed = may(act, node);
    if (!allowed.is) {
      return allowed.why;
    }
    const isAway = (card?.status ?? node.status) === "offline" || (card?.status ?? node.status) === "pending";
    return opens === "rotate" && isAway ? "The node must be here." : canWrite ? undefined : "Not while the connection is lost.";
  };
};

/** Shown when it is off, too: with what it takes. */
const MenuChoice = ({ word, why, onChoose }: { word: string; why: string | undefined; onChoose: () => void }) => (
  <Menu.Item className="item" disabled={why !== undefined} onClick={onChoose}>
    {word}
    {why === undefined ? null : <small className="dim">{why}</small>}
  </Menu.Item>
);

const Credentials = ({ node, open, onClose }: { node: ManagedNode; open: Opened | undefined; onClose: () => void }) => {
  const [enrolment, setEnrolment] = useState<Enrolment>();
  const params = { node_id: node.id };
  const token = useAct({ act: () => api("nodeToken", { params }), onDone: (answer: Enrolment) => setEnrolment(answer) });
  const rotate = useAct({ act: () => api("rotateSecret", { params }), said: () => `${node.name} has a new secret.` });
  return (
    <>
      <Confirm
        title={`New token for ${node.name}`}
        sentence="The node is disconnected and refused until it registers with the new token."
        keep="Keep the old one"
        act="Make a new token"
        isOpen={open === "token"}
        onClose={onClose}
        onAct={() => token.run(undefined)}
      />
      <Confirm
        title={`Rotate the secret of ${node.name}`}
        sentence="The node keeps the new one; the old one dies when it has said so."
        keep="Keep the old one"
        act="Rotate secret"
        isOpen={open === "rotate"}
        onClose={onClose}
        onAct={() => rotate.run(undefined)}
      />
      <SideSheet title={`New token for ${node.name}`} isOpen={enrolment !== undefined} onClose={() => setEnrolment(undefined)}>
        {enrolment === undefined ? null : (
          <Suspense>
            <EnrolmentView nodeId={node.id} enrolment={enrolment} />
          </Suspense>
        )}
      </SideSheet>
    </>
  );
};
