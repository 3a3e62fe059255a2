import { useState } from "react";
import { DataTable, type Column } from "../src/table/data-table.tsx";
import { orderBy, type Sort } from "../src/table/order.ts";

const COLUMNS: readonly Column[] = [
  { key: "name", title: "Name", sorts: "up" },
  { key: "loss", title: "Loss", align: "right", sorts: "down" },
];
const IDS = Array.from({ length: 5_000 }, (_, i) => `node-${i + 1}`);
const lossOf = (id: string): number => (Number(id.slice(5)) * 37) % 101;

const Row = ({ id }: { id: string }) => (
  <>
    <td className="b">{id}</td>
    <td className="r m">{lossOf(id)} %</td>
  </>
);

/** Five thousand rows: sorted, walked, ticked, opened. */
export const BigTable = () => {
  const [sort, setSort] = useState<Sort>({ key: "name", isDescending: false });
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState<string>();
  const ids = orderBy(IDS, (id) => (sort.key === "loss" ? lossOf(id) : id), sort.isDescending);
  return (
    <section aria-label="Table" className="big-table">
      <h2>Table</h2>
      <output aria-label="Opened">{open ?? "none"}</output> <output aria-label="Selected">{selected.size}</output>
      <div className="pane">
        <DataTable
          label="Nodes"
          columns={COLUMNS}
          ids={ids}
          Row={Row}
          nameOf={(id) => id}
          sort={sort}
          onSort={setSort}
          onOpen={setOpen}
          current={open}
          selection={{ ids: selected, onChange: setSelected }}
        />
      </div>
    </section>
  );
};
