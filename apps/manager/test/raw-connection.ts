import { connect } from "node:net";

/** Sends these bytes over a connection of their own and answers all that comes back until it ends, or until the answer to them is whole. */
export const rawAnswer = (port: number, request: string | Buffer, untilClosed = false): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" });
    let text = "";
    socket.setEncoding("latin1").on("data", (more: string) => {
      text += more;
      const head = text.indexOf("\r\n\r\n");
      const length = Number(/^content-length: *(\d+)/im.exec(text)?.[1] ?? Number.NaN);
      if (!untilClosed && head >= 0 && text.length >= head + 4 + length) {
        socket.end();
      }
    });
    socket.once("close", () => resolve(text));
    socket.once("error", (error) => (text === "" ? reject(error) : resolve(text)));
    socket.write(request);
  });
