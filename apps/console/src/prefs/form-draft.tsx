import { useEffect, useState, type ReactNode } from "react";
import { useMe } from "../api/me.tsx";

/** By whom and what for. Not on the device: what is typed in these has mail addresses and names of people in it. */
const drafts = new Map<string, object>();

export type FormDraft<Form> = {
  form: Form;
  set: (change: Partial<Form>) => void;
  isChanged: boolean;
  /** It is saved: the next one begins anew. */
  forget: () => void;
  /** For the head of the sheet: that it goes on from before, and the way to begin anew. */
  mark: ReactNode;
};

/**
 * What is written in a small sheet. Closed without saving, it goes on where it was when it is opened again while the page lives: a slip of the
 * finger loses nothing. `name`: of what is edited, with its version, since a draft of a former version would write over others. `unkept`: fields
 * that are never kept.
 */
export const useFormDraft = <Form extends Record<string, unknown>>(
  name: string,
  initial: Form,
  unkept: readonly (keyof Form & string)[] = [],
): FormDraft<Form> => {
  const key = `${useMe().id} ${name}`;
  const [began] = useState(initial);
  const [isFromBefore] = useState(() => drafts.has(key));
  const [form, setForm] = useState<Form>(() => ({ ...began, ...drafts.get(key) }));
  const kept = withoutFields(form, unkept);
  const isChanged = JSON.stringify(form) !== JSON.stringify(began);
  const isWorthKeeping = JSON.stringify(kept) !== JSON.stringify(withoutFields(began, unkept));
  const text = isWorthKeeping ? JSON.stringify(kept) : undefined;
  useEffect(() => {
    if (text === undefined) {
      drafts.delete(key);
    } else {
      drafts.set(key, JSON.parse(text) as object);
    }
  }, [key, text]);
  return {
    form,
    set: (change) => setForm((before) => ({ ...before, ...change })),
    isChanged,
    forget: () => drafts.delete(key),
    mark:
      isFromBefore && isWorthKeeping ? (
        <>
          <span className="chip o">As you left it</span>
          <button type="button" className="btn sm ghost" onClick={() => setForm(began)}>
            Discard
          </button>
        </>
      ) : undefined,
  };
};

const withoutFields = <Form extends Record<string, unknown>>(form: Form, fields: readonly string[]): Partial<Form> =>
  Object.fromEntries(Object.entries(form).filter(([field]) => !fields.includes(field))) as Partial<Form>;
