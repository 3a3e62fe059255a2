export { rejectReason, type RejectReason } from "./reject-reason.ts";
