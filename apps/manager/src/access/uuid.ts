const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text is a UUID (RFC 9562 §4), so that the database takes it for one. */
export const isUuid = (text: string): boolean => FORM.test(text);
