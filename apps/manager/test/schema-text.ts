import { sql } from "kysely";
import type { Queries } from "../src/database/tables.ts";

/** Each part of a schema as a line, whatever the order in which it was made: two databases with equal texts are alike to every statement. */
const PARTS = [
  // Columns; their order counts for statements that name none.
  `select format('column %s.%s %s %s%s%s%s%s', c.relname, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod),
     case when a.attnotnull then ' not null' else '' end, coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), ''),
     case when a.attidentity = '' then '' else ' identity ' || a.attidentity::text end,
     case when a.attgenerated = '' then '' else ' generated ' || a.attgenerated::text end) as line
   from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped`,
  `select format('constraint %s.%s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as line
   from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n'`,
  `select format('index %s', indexdef) as line from pg_indexes where schemaname = 'public'`,
  `select format('view %s %s', viewname, definition) as line from pg_views where schemaname = 'public'`,
  `select format('trigger %s', pg_get_triggerdef(t.oid)) as line from pg_trigger t join pg_class c on c.oid = t.tgrelid
   where not tgisinternal and c.relnamespace = 'public'::regnamespace`,
  `select format('function %s', pg_get_functiondef(oid)) as line from pg_proc where pronamespace = 'public'::regnamespace and prokind <> 'a'`,
  `select format('enum %s %s', t.typname, string_agg(e.enumlabel, ',' order by e.enumsortorder)) as line
   from pg_type t join pg_enum e on e.enumtypid = t.oid where t.typnamespace = 'public'::regnamespace group by t.typname`,
  `select format('policy %s.%s %s %s %s %s', tablename, policyname, cmd, roles, qual, with_check) as line from pg_policies where schemaname = 'public'`,
  `select format('extension %s', extname) as line from pg_extension`,
];

/** The schema of a database as a text that can be compared and kept. */
export const schemaText = async (queries: Queries): Promise<string> => {
  const lines: string[] = [];
  for (const part of PARTS) {
    const { rows } = await sql<{ line: string }>`${sql.raw(part)}`.execute(queries);
    lines.push(...rows.map(({ line }) => line).toSorted());
  }
  return `${lines.join("\n")}\n`;
};
