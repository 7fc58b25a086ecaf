/** The shapes of docs/protocol.md that the page reads, and the page's own. */

import type { MessageFile, OutboxEntry, Parley, State } from "/sdk/v1/parley.js";

export interface User {
    id: string;
    name: string;
    picture?: string;
}

export interface Message {
    id: string;
    conversation: string;
    seq: number;
    sender?: string;
    at?: string;
    text?: string;
    attachments?: readonly MessageFile[];
    voice?: boolean;
    reply_to?: string;
    thread?: string;
    edited_at?: string;
    deleted?: boolean;
    hidden?: boolean;
}

export type Role = "owner" | "admin" | "member";

/** The conversation as all its members see it: what `conversation.created` and `member.added` carry. */
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
}

export interface Conversation extends ConversationDetails {
    last_message?: Message;
    role: Role;
    read_seq: number;
    received_seq: number;
    unread: number;
    other?: User;
}

export interface Member {
    user: string;
    role: Role;
    read_seq: number;
    received_seq: number;
    joined_at: string;
}

export interface Presence {
    user: string;
    status: "online" | "away" | "offline";
    last_seen?: string;
    text?: string;
}

export type Status = "online" | "away" | "invisible";

/** The messages of one conversation that are loaded: always its newest, in ascending seq, without a hole. */
export interface Timeline {
    messages: readonly Message[];
    loaded: boolean;
    loading: boolean;
    failed: boolean;
    /** Older ones exist on the server. */
    more: boolean;
    /** The reader's mark when the conversation was opened, where something was unread then. */
    unreadAfter: number | null;
}

export interface MemberList {
    members: readonly Member[];
    /** Where the next page begins; null where all are here. */
    cursor: string | null;
}

export interface AppState {
    me: User | null;
    connection: State;
    wasOnline: boolean;
    failure: string | null;
    textMax: number;
    people: ReadonlyMap<string, User>;
    presences: ReadonlyMap<string, Presence>;
    blocked: ReadonlySet<string>;
    conversations: ReadonlyMap<string, Conversation>;
    /** Ids, newest activity first. */
    order: readonly string[];
    listLoaded: boolean;
    listCursor: string | null;
    timelines: ReadonlyMap<string, Timeline>;
    members: ReadonlyMap<string, MemberList>;
    /** Conversation → user → when the mark ends by itself, in milliseconds of the page's clock. */
    typing: ReadonlyMap<string, ReadonlyMap<string, number>>;
    outbox: readonly OutboxEntry[];
    open: string | null;
    /** The open conversation is one that the reader was removed from or left. */
    gone: boolean;
    drafts: ReadonlyMap<string, string>;
    status: Status;
}

/** What can happen to the page's state. */
export type Input =
    | { type: "welcomed"; me: User; textMax: number }
    | { type: "connection"; state: State; failure?: string | null }
    | { type: "event"; event: WireEvent; now: number }
    | { type: "outbox"; entries: readonly OutboxEntry[] }
    | { type: "listed"; conversations: readonly Conversation[]; cursor: string | null; fresh: boolean }
    | { type: "conversation"; conversation: Conversation }
    | { type: "opened"; conversation: string }
    | { type: "closed" }
    | { type: "loading"; conversation: string }
    | { type: "notLoaded"; conversation: string }
    | { type: "page"; conversation: string; messages: readonly Message[]; more: boolean; newest: boolean }
    | { type: "members"; conversation: string; members: readonly Member[]; cursor: string | null; fresh: boolean }
    | { type: "people"; users: readonly User[] }
    | { type: "presences"; presences: readonly Presence[] }
    | { type: "blocks"; users: readonly string[] }
    | { type: "seen"; conversation: string; seq: number }
    | { type: "draft"; conversation: string; text: string }
    | { type: "drafts"; drafts: ReadonlyMap<string, string> }
    | { type: "status"; status: Status }
    | { type: "ticked"; now: number }
    | { type: "reset" };

/** Any event of the contract: what is read of it is checked where it is read. */
export interface WireEvent {
    event: string;
    offset?: number;
    at?: string;
    conversation?: string;
    seq?: number;
    id?: string;
    by?: string;
    user?: string;
    users?: string[];
    role?: Role;
    active?: boolean;
    message?: Message;
    details?: ConversationDetails;
    status?: Presence["status"];
    last_seen?: string;
    text?: string;
    limits?: { text?: number };
}

/** How far an own message came. */
export type Delivery = "sending" | "failed" | "stored" | "received" | "read";

/** One line of the list of messages. `height` is measured once it was on screen. */
export type Row = { key: string; height: number; measured: boolean } & (
    | { kind: "start" }
    | { kind: "older" }
    | { kind: "day"; day: string }
    | { kind: "unread" }
    | { kind: "message"; message: Message; own: boolean; first: boolean; last: boolean; entry: null }
    | { kind: "message"; message: Message; own: true; first: boolean; last: boolean; entry: OutboxEntry }
);

/** A text of a message table: with forms by number where it counts something. */
export type Words = string | { one: string; other: string };
export type Table = typeof import("../messages/en.js").messages;
export type Translate = (key: keyof Table, values?: Record<string, string | number>) => string;

export interface Language {
    code: string;
    name: string;
    direction: "ltr" | "rtl";
    /** Its table; those that are not English are loaded when they are wanted. */
    load(): Promise<Record<keyof Table, Words>>;
}

export interface Texts {
    t: Translate;
    language: Language;
}

/** What every view is given. */
export interface Page {
    t: Translate;
    /** The reader's variant of the language, for dates and numbers. */
    locale: string;
    root: HTMLElement;
    store: import("./store.js").Store;
    session: import("./session.js").Session;
    parley: Parley;
    announce(text: string): void;
    options: ChatOptions;
    preferences: import("./preferences.js").Preferences;
    /** Builds the page anew, after another language was chosen. */
    restart(): void;
    /** The files of messages that were written here, by the messages' ids. */
    attaching: Map<string, readonly import("./files/item.js").FileItem[]>;
}

export interface ChatOptions {
    /** Called by «Sign out»; without it there is no such button. */
    onSignOut?: () => void;
    /** Keeps the open conversation in the address, so that the browser's back button works. */
    useAddress?: boolean;
    language?: string;
}

export interface View {
    element: HTMLElement;
    update(state: AppState, before: AppState | null): void;
    destroy?(): void;
}
