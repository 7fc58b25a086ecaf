/** Parley's SDK for browsers and Node 20. Guide: docs/sdk.md; the wire: docs/protocol.md. */

export type State = "connecting" | "online" | "offline" | "polling" | "error";

export type ErrorCode =
  | "bad_request"
  | "unauthenticated"
  | "token_expired"
  | "forbidden"
  | "blocked"
  | "not_found"
  | "conflict"
  | "too_large"
  | "unsupported_media"
  | "rate_limited"
  | "internal"
  | "overloaded"
  | "unavailable";

export class ParleyError extends Error {
  constructor(code: string, message?: string, details?: { field?: string; reason?: string; retryAfterMs?: number; closeCode?: number });
  code: ErrorCode;
  /** The first field that was wrong. */
  field?: string;
  /** Why a file was refused, where the server says: `extension_denied`, `content_mismatch`, … (docs/protocol.md). */
  reason?: string;
  retryAfterMs?: number;
  /** Where the server closed the connection for good. */
  closeCode?: number;
  /** Whether the same command may go through later, unchanged. */
  readonly isTemporary: boolean;
  toJSON(): { code: string; message: string; field?: string; reason?: string; retryAfterMs?: number; closeCode?: number };
  static fromWire(wire: unknown): ParleyError;
  static fromJSON(plain: ReturnType<ParleyError["toJSON"]>): ParleyError;
}

export interface User {
  id: string;
  name: string;
  picture?: string;
}

/** What the server takes: code points of a text, bytes of a frame and of a file, commands waiting at once. */
export interface ClientLimits {
  text: number;
  frame_bytes: number;
  file_bytes: number;
  in_flight: number;
}

/** A reply, with the fields that docs/protocol.md names for its op. */
export interface Reply {
  ok: true;
  ref?: string;
  [field: string]: any;
}

/** A file as messages show it: the name and the type are the server's, found by looking into it. */
export interface MessageFile {
  id: string;
  name: string;
  type: string;
  /** Bytes. */
  size: number;
  /** Pixels, of pictures. */
  width?: number;
  height?: number;
  duration_ms?: number;
  [field: string]: any;
}

/** A file that the server has taken: seen by nobody else, and kept for 24 hours, until a message carries it. */
export interface UploadedFile extends MessageFile {
  sha256: string;
}

export interface UploadOptions {
  /** By default the file's own. */
  name?: string;
  /** Bytes that the server has, of all. */
  onProgress?(sent: number, size: number): void;
  /** Ends it: the promise rejects with the signal's reason, and the server lets go of what it has. */
  signal?: AbortSignal;
}

/** An upload's id, an upload on its way, or what begins one: asked again where the message is tried again. */
export type Attachment = string | UploadedFile | Promise<UploadedFile> | (() => Promise<UploadedFile>);

export interface Message {
  id: string;
  conversation: string;
  seq: number;
  sender?: string;
  at?: string;
  text?: string;
  attachments?: MessageFile[];
  /** Its only attachment was recorded to be heard. */
  voice?: true;
  reply_to?: string;
  thread?: string;
  thread_count?: number;
  deleted?: true;
  /** By someone whom the reader blocks: nothing else is told. */
  hidden?: true;
  [field: string]: any;
}

export interface ConversationDetails {
  id: string;
  kind: "direct" | "group";
  title?: string;
  picture?: string;
  created_at: string;
  member_count: number;
  last_seq: number;
  history: "all" | "since_join";
  expires_after_s: number;
  [field: string]: any;
}

interface Durable {
  /** The position in the tenant's log. */
  offset: number;
  /** RFC 3339, UTC, milliseconds: for display, never for order. */
  at: string;
}

/** Events that this version of the SDK knows by name; unknown ones are passed on as they came. */
export type ParleyEvent =
  | (Durable & { event: "message.created" | "message.hidden"; conversation: string; seq: number; message: Message })
  | (Durable & { event: "message.deleted"; conversation: string; seq: number; id: string; by: string; empties: number })
  | (Durable & {
      event: "conversation.created" | "conversation.updated";
      conversation: string;
      by: string;
      details: ConversationDetails;
    })
  | (Durable & { event: "member.added"; conversation: string; by: string; users: string[]; details: ConversationDetails })
  | (Durable & { event: "member.removed"; conversation: string; by: string; users: string[] })
  | (Durable & {
      event: "member.role";
      conversation: string;
      by: string;
      user: string;
      role: "owner" | "admin" | "member";
    })
  | (Durable & { event: "block.added" | "block.removed"; user: string })
  | (Durable & { event: "tenant.updated"; name: string; limits: ClientLimits })
  | { event: "read" | "received"; conversation: string; user: string; seq: number }
  | { event: "typing"; conversation: string; user: string; active: boolean }
  | { event: "presence"; user: string; status: "online" | "away" | "offline"; last_seen?: string; text?: string };

/** A message from writing to stored. Entries are replaced, never changed. */
export interface OutboxEntry {
  /** The message's own id, the same in its `message.created`. */
  readonly id: string;
  readonly conversation: string;
  readonly text: string;
  readonly replyTo?: string;
  readonly thread?: string;
  /** Ids of its files; none as long as they are on their way. */
  readonly attachments?: readonly string[];
  readonly voice?: boolean;
  /** When it was written, by this device's clock, in milliseconds since 1970. */
  readonly at: number;
  readonly state: "sending" | "sent" | "failed";
  /** Why it failed. */
  readonly error?: ParleyError;
  /** Where it stands, once stored. */
  readonly seq?: number;
  /** When it was stored, by the server's clock. */
  readonly storedAt?: string;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  setTimeout(action: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** `localStorage`, or anything like it, also with promises. */
export interface StorageLike {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): void | Promise<void>;
  removeItem(key: string): void | Promise<void>;
}

export interface ParleyOptions {
  /** Where the gateway is (`https://chat.example`); by default the page's own origin. */
  url?: string;
  /**
   * A token from the platform: to connect with, before the last one ends, or since the server refused the last one.
   * Asked once at a time; where it throws, it is asked again later, more slowly each time.
   */
  token(reason: "connect" | "refresh" | "refused"): Promise<string>;
  /** Where unsent messages and the position are kept; by default IndexedDB where there is one. */
  storage?: "indexeddb" | "memory" | StorageLike;
  /** One socket for all of a person's tabs, where the browser can; true by default. */
  shareBetweenTabs?: boolean;
  /** The application keeps its lists between starts: no `reload` at the start where the log goes on from its position. */
  keepsState?: boolean;
  /** Told to the server; `parley-js` by default. */
  clientName?: string;
  /** The platform's own by default. */
  clock?: Clock;
  random?(): number;
  WebSocket?: typeof WebSocket;
  fetch?: typeof fetch;
  locks?: LockManager;
  BroadcastChannel?: typeof BroadcastChannel;
  indexedDB?: IDBFactory;
}

export interface ListenerValues {
  state: State;
  /** Each durable event once, in the order of the log; state and ephemeral ones as they come. */
  event: ParleyEvent;
  outbox: readonly OutboxEntry[];
  /** Lists must be read again: at the first connection, and whenever the log does not go on from the position. */
  reload: undefined;
  /** State `error`: the connection's end. Otherwise: the token callback threw, or a refresh was refused. */
  error: ParleyError;
}

export interface Parley {
  readonly state: State;
  readonly user?: User;
  readonly tenant?: string;
  readonly limits?: ClientLimits;
  readonly features: string[];
  /** In the outbox's order; a stored message leaves when its event came. */
  readonly outbox: readonly OutboxEntry[];
  /** Connects, and stays so. In state `error`: tries again. */
  start(): void;
  stop(): Promise<void>;
  /** Returns what ends it. */
  on<Type extends keyof ListenerValues>(type: Type, listener: (value: ListenerValues[Type]) => void): () => void;
  /** Any op of the contract. Waits for a connection; rejects with a `ParleyError` after at most 30 s. */
  send(op: string, fields?: object): Promise<Reply>;
  /** Shown at once, sent when it can be, kept until it is stored. Throws `overloaded` over 500 unsent messages. */
  sendMessage(
    conversation: string,
    text: string,
    options?: { replyTo?: string; thread?: string; attachments?: readonly Attachment[]; voice?: boolean },
  ): OutboxEntry;
  /**
   * Sends a file for a conversation; then `sendMessage` with it as an attachment. Goes on where it was after a broken
   * connection, for as long as the page is there. Rejects with a `ParleyError` where the file is refused.
   */
  upload(conversation: string, file: Blob, options?: UploadOptions): Promise<UploadedFile>;
  /**
   * Addresses for `<img>`, `<audio>` and downloads, by file id, for the next minutes and this person alone; kept until
   * shortly before they end. Files that the person may not see are left out. `fresh`: those known no longer work.
   */
  fileLinks(ids: readonly string[], options?: { fresh?: boolean }): Promise<Record<string, string>>;
  /** A failed one again. */
  retry(id: string): void;
  /** Another text, and again; without effect once it is on its way. */
  edit(id: string, text: string): void;
  discard(id: string): void;
  /** For every keystroke; at most one frame a second goes out. */
  typing(conversation: string, active: boolean): void;
  /** Everything up to `seq` was read; gathered, and never moved back. */
  read(conversation: string, seq: number): void;
  received(conversation: string, seq: number): void;
}

export function createParley(options: ParleyOptions): Parley;

/** A UUID of version 7, for the `id` of a new group: `uuidV7(Date.now(), Math.random)`. */
export function uuidV7(now: number, random: () => number): string;
