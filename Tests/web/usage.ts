// What applications write, held against the public types; compiled, never run.
import { createParley, ParleyError, uuidV7, type OutboxEntry, type Parley, type State } from "../../Sources/Web/sdk/parley.js";

const parley: Parley = createParley({ url: "https://chat.example", token: async (reason) => reason, storage: localStorage });
const ends: (() => void)[] = [
    parley.on("state", (state: State) => console.log(state)),
    parley.on("event", (event) => {
        if (event.event === "message.created") console.log(event.offset, event.message.text);
        if (event.event === "typing") console.log(event.user, event.active);
    }),
    parley.on("outbox", (entries) => console.log(entries.map((entry) => entry.error?.code))),
    parley.on("reload", () => console.log("again")),
    parley.on("error", (error) => console.log(error.code, error.closeCode)),
];
parley.start();
const entry: OutboxEntry = parley.sendMessage("c", "Hello", { replyTo: "m" });
const upload = parley.upload("c", new Blob(["x"]), { name: "x.txt", onProgress: (sent, size) => console.log(sent / size) });
parley.sendMessage("c", "", { attachments: [upload, "id", () => upload] });
upload.then(({ id }) => parley.fileLinks([id])).then((links) => console.log(links.id));
parley.edit(entry.id, "Hello!");
parley.typing("c", true);
parley.read("c", parley.limits?.text ?? 0);
parley
    .send("conversation.create", { kind: "group", id: uuidV7(Date.now(), Math.random), members: ["bob"] })
    .then((reply) => console.log(reply.conversation.id))
    .catch((error: unknown) => console.log(error instanceof ParleyError && error.retryAfterMs))
    .finally(() => ends.forEach((end) => end()));
// @ts-expect-error an event that does not exist
parley.on("nothing", () => undefined);
