import { Menu } from "@base-ui/react/menu";
import { useState } from "react";
import type { ManagedNode, NodeCard } from "@bilbycast/contracts/manager-api";
import { api, renew } from "../../api/browser.tsx";
import { targetOf, useMay } from "../../api/me.tsx";
import { picturesOf } from "../../live/card-facts.ts";
import { useLiveRow } from "../../live/live-link.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { Icon } from "../../parts/icon.tsx";
import { useAct } from "../../parts/mutate.tsx";
import { SideSheet } from "../../parts/side-sheet.tsx";
import { counted } from "../../words/numbers.ts";
import { EnrolmentView } from "./enrolment.tsx";
import type { Enrolment } from "./enrolment-types.ts";

/** What is done to a node now and then, and seldom to two. */
export const NodeMenu = ({ node, onDeleted }: { node: ManagedNode; onDeleted?: () => void }) => {
  const may = useMay();
  const [open, setOpen] = useState<"token" | "rotate" | "delete">();
  const [enrolment, setEnrolment] = useState<Enrolment>();
  const card = useLiveRow<NodeCard>("nodes", node.id);
  const params = { node_id: node.id };
  const token = useAct({ act: () => api("nodeToken", { params }), onDone: (answer: Enrolment) => setEnrolment(answer) });
  const rotate = useAct({ act: () => api("rotateSecret", { params }), said: () => `${node.name} has a new secret.` });
  const remove = useAct({
    act: () => api("deleteNode", { params }),
    said: () => `${node.name} deleted.`,
    onDone: () => {
      void renew("nodes");
      onDeleted?.();
    },
  });
  const isNative = may("node.delete", targetOf(node)).is;
  const close = (): void => setOpen(undefined);
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
              <Menu.Item className="item" disabled={!isNative} onClick={() => setOpen("token")}>
                New registration token
              </Menu.Item>
              <Menu.Item className="item" disabled={!isNative || card?.status !== "online"} onClick={() => setOpen("rotate")}>
                Rotate secret
              </Menu.Item>
              <Menu.Separator className="menu-line" />
              <Menu.Item className="item" disabled={!isNative} onClick={() => setOpen("delete")}>
                Delete
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      <Confirm
        title={`New token for ${node.name}`}
        sentence="The node is disconnected and refused until it registers with the new token."
        keep="Keep the old one"
        act="Make a new token"
        isOpen={open === "token"}
        onClose={close}
        onAct={() => token.run(undefined)}
      />
      <Confirm
        title={`Rotate the secret of ${node.name}`}
        sentence="The node keeps the new one; the old one dies when it has said so."
        keep="Keep the old one"
        act="Rotate secret"
        isOpen={open === "rotate"}
        onClose={close}
        onAct={() => rotate.run(undefined)}
      />
      <Confirm
        title={`Delete ${node.name}${card?.total_flows ? ` and ${counted(card.total_flows, "flow")}` : ""}`}
        sentence="It is refused from then on. What it carries goes on until somebody stops it there. Its history and pictures are gone."
        impacts={(card === undefined ? [] : picturesOf(card)).map((each) => ({
          key: each.flow_id,
          name: each.flow_name,
          where: node.name,
        }))}
        keep="Keep it"
        act="Hold to delete"
        isHeld
        typed={node.name}
        isOpen={open === "delete"}
        onClose={close}
        onAct={() => remove.run(undefined)}
      />
      <SideSheet title={`New token for ${node.name}`} isOpen={enrolment !== undefined} onClose={() => setEnrolment(undefined)}>
        {enrolment === undefined ? null : <EnrolmentView nodeId={node.id} enrolment={enrolment} />}
      </SideSheet>
    </>
  );
};
