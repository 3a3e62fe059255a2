import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

// The plainest forwarder on node:dgram: one connected socket per output, one send per datagram and output.
// dgram-forwarder.ts INPUT_PORT OUTPUT_PORT FLOWS OUTPUTS

const ignoreRefusal = (): void => undefined;

const BUFFER = 4 * 1024 * 1024;

const [inputPort = 0, outputPort = 0, flows = 0, outputs = 0] = process.argv.slice(2).map(Number);

const open = async (): Promise<Socket> => {
  const socket = createSocket("udp4");
  // The echo of a datagram to a port where nobody listens is not our fault.
  socket.on("error", () => undefined);
  return socket;
};

const openOutput = async (port: number): Promise<Socket> => {
  const socket = await open();
  socket.connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.setSendBufferSize(BUFFER);
  return socket;
};

for (let flow = 0; flow < flows; flow++) {
  const targets = await Promise.all(Array.from({ length: outputs }, (_, output) => openOutput(outputPort + flow * outputs + output)));
  const source = await open();
  source.on("message", (datagram) => {
    for (const target of targets) {
      target.send(datagram, ignoreRefusal);
    }
  });
  source.bind(inputPort + flow, "127.0.0.1");
  await once(source, "listening");
  source.setRecvBufferSize(BUFFER);
}

console.log("ready");
