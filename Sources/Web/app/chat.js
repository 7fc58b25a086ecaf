// The chat of Parley's page, Apache-2.0. Joined from modules/ by join.mjs: edit there. Types: chat.d.ts
import { ParleyError, createParley } from "/sdk/v1/parley.js";
const $0 = (() => {
const SVG="http://www.w3.org/2000/svg";function h(name, attributes={}, ...children) {const element=document.createElement(name);for (const [key, value] of Object.entries(attributes)) {if (typeof value==="function") element.addEventListener(key.slice(2), value);else setAttribute(element, key, value);}
for (const child of children) {if (child!==null&&child!==undefined&&child!==false) {element.append(typeof child==="number" ? String(child) : child);}
}
return element;}
function setAttribute(element, name, value) {if (value===null||value===undefined||value===false) element.removeAttribute(name);else if (value===true) element.setAttribute(name, "");else if (element.getAttribute(name)!==String(value)) element.setAttribute(name, String(value));}
function setText(node, text) {if (node.textContent!==text) node.textContent=text;}
function arrange(parent, wanted) {const keep=new Set(wanted);for (const child of [...parent.children]) if (!keep.has(child)) child.remove();let place=parent.firstElementChild;for (const element of wanted) {if (element===place) place=place.nextElementSibling;else parent.insertBefore(element, place);}
}
const ICONS={back: "M15 5l-7 7 7 7",close: "M6 6l12 12M18 6L6 18",add: "M12 5v14M5 12h14",send: "M4 12l16-8-6 16-3-7z",smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8.5 14.5c1.8 2.4 5.2 2.4 7 0M9 9.5h.01M15 9.5h.01",people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5c2 .8 3.200 2.600 3.5 5.5",info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 11v5M12 8h.01",down: "M12 5v14M6 13l6 6 6-6",up: "M12 19V5M6 11l6-6 6 6",reply: "M9 7L4 12l5 5M4 12h9c4 0 6 2 7 6",copy: "M9 9h10v11H9zM5 15V4h10",bin: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 8v4.5l3 1.5",tick: "M5 13l4.5 4.5L19 7",ticks: "M2 13l4.5 4.5L15 8M11 16l1.5 1.5L22 7",warning: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 8v5M12 16h.01",chat: "M4 5h16v11H9l-5 4z",more: "M12 5.5h.01M12 12h.01M12 18.5h.01",};function icon(name) {return drawn(name, ICONS[name]);}
function drawn(name, path) {const drawing=document.createElementNS(SVG, "svg");drawing.setAttribute("viewBox", "0 0 24 24");drawing.setAttribute("class", `icon icon-${name}`);drawing.setAttribute("aria-hidden", "true");const line=document.createElementNS(SVG, "path");line.setAttribute("d", path);drawing.append(line);return drawing;}
function iconButton(picture, label, onclick, attributes={}) {return h("button",{ type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...attributes },icon(picture),);}
return { h, setAttribute, setText, arrange, icon, drawn, iconButton };
})();
const $1 = (() => {
const messages={conversations: "Conversations",filter: "Find a conversation",newConversation: "New conversation",settings: "Settings",noConversations: "No conversations yet. Start one.",nothingFound: "Nothing found for “{query}”.",draftIs: "Draft: {text}",youSaid: "You: {text}",someoneSaid: "{name}: {text}",unread: { one: "{count} unread message", other: "{count} unread messages" },group: "Group",unnamedGroup: "Unnamed group",loadMore: "Show more",loading: "Loading…",conversation: "Conversation",back: "Back to the conversations",messagesIn: "Messages in {title}",noMessages: "No messages yet. Say hello.",beginning: "This is where the conversation begins.",chooseConversation: "Choose a conversation, or start a new one.",newMessages: "New messages",newBelow: { one: "{count} new message", other: "{count} new messages" },toNewest: "To the newest message",toUnread: { one: "{count} unread message", other: "{count} unread messages" },voiceMessage: "Voice message",filesAre: { one: "{name} and {count} more file", other: "{name} and {count} more files" },hiddenMessage: "Message from someone you blocked",deletedMessage: "Message deleted",repliedTo: "In reply to {name}",quoteGone: "A message that can’t be shown",incoming: "{name}: {text}",loadFailed: "The messages could not be loaded.",tryAgain: "Try again",gone: "You are no longer in this group.",notYours: "This conversation does not exist, or you are not in it.",you: "You",sending: "Sending",stored: "Sent",received: "Received",read: "Read",readByAll: "Read by everyone",readBy: { one: "Read by {count}", other: "Read by {count}" },failed: "Not sent",retry: "Retry",edit: "Edit",remove: "Delete",reply: "Reply",copy: "Copy text",delete: "Delete message",deleteQuestion: "Delete this message for everyone? Nobody can bring it back.",copied: "Copied",details: "Who has read this",readHeading: "Read",receivedHeading: "Received",pendingHeading: "Not received yet",nobodyYet: "Nobody yet",linkOpens: "Opens in a new tab",writeTo: "Message to {title}",writeHere: "Write a message",send: "Send",emoji: "Emoji",replyingTo: "Replying to {name}",cancelReply: "Don’t reply",editingFailed: "Editing a message that was not sent",cancelEdit: "Cancel editing",tooLong: { one: "Too long by {count} character", other: "Too long by {count} characters" },charactersLeft: { one: "{count} character left", other: "{count} characters left" },typingOne: "{name} is typing…",typingSome: "{names} are typing…",typingMany: "Several people are typing…",typing: "typing…",online: "Online",away: "Away",offline: "Offline",invisible: "Invisible",lastSeen: "Last seen {when}",lastSeenNow: "Last seen just now",memberCount: { one: "{count} member", other: "{count} members" },aboutPerson: "About {name}",aboutGroup: "About this group",close: "Close",members: "Members",addPeople: "Add people",add: "Add",owner: "Owner",admin: "Admin",member: "Member",makeOwner: "Make owner",makeAdmin: "Make admin",makeMember: "Make member",removeMember: "Remove from the group",writeToPerson: "Message {name}",actionsFor: "Actions for {name}",rename: "Rename",groupName: "Name of the group",save: "Save",cancel: "Cancel",leave: "Leave group",leaveQuestion: "Leave “{title}”? You will no longer see its messages.",removeQuestion: "Remove {name} from the group?",block: "Block {name}",blockQuestion: "Block {name}? You won’t get each other’s messages, and neither sees when the other is online.",unblock: "Unblock {name}",youBlocked: "You blocked {name}.",searchPeople: "Search people by name",people: "People",chosen: { one: "{count} person chosen", other: "{count} people chosen" },asGroup: "Make it a group",laterMembers: "People who join later see earlier messages",startChat: "Start conversation",createGroup: "Create group",typeToSearch: "Type a name to find people.",yourStatus: "Your status",notifications: "Notifications on this device",notificationsOn: "On",notificationsOff: "Off",notificationsDenied: "Blocked by the browser",notificationsFailed: "Notifications could not be changed. Try again later.",theme: "Appearance",themeSystem: "As the system",themeLight: "Light",themeDark: "Dark",language: "Language",blockedPeople: "Blocked people",nobodyBlocked: "You have blocked nobody.",shortcuts: "Keyboard shortcuts",signOut: "Switch to someone else",keySearch: "Find a conversation",keyConversations: "Previous or next conversation",keySend: "Send",keyBreak: "New line",keyClose: "Close what is on top",keyMove: "Move through the messages",keyReply: "Reply to the message",keyCopy: "Copy the message’s text",keyRead: "Who has read the message",keyShortcuts: "This list",reconnecting: "Reconnecting… your messages are kept",slow: "Slow connection: updating every few seconds",backOnline: "Back online",refusedToken: "You are not signed in any more. Open the page again to sign in.",suspended: "Your access is suspended. Ask whoever runs this chat.",refusedOrigin: "This site may not open this chat: its address is not on the tenant’s list.",refusedConnection: "The server does not accept this page. Reload it, or ask whoever runs this chat.",reload: "Reload",errorTooLong: { one: "Too long by {count} character", other: "Too long by {count} characters" },errorEmpty: "There is nothing to send",errorBlocked: "{name} can’t receive messages from you",errorBlockedGroup: "One of them can’t be added by you",errorNotMember: "You are no longer in this conversation",errorNotFound: "That no longer exists",errorForbidden: "You are not allowed to do that",errorTooFast: "Too fast. Wait a moment and try again",errorConflict: "That is not possible as things are now",errorUnavailable: "The server can’t be reached. Try again in a moment",errorName: "This name can’t be used",errorUnknown: "That didn’t work. Try again",whoAreYou: "Who are you?",demoOnly: "This page exists in demo mode only: elsewhere, your platform signs people in.",openAs: "Open a second window as {name}",continueAs: "Continue as {name}",embedTitle: "This is a Parley server",embedText: "People reach their chat through the platform that it belongs to. If you build that platform, "
+ "put the chat in your own page with your own tokens:",serverAway: "The server can’t be reached. Trying again…",};
return { messages };
})();
const $2 = (() => {
const { messages: english }=$1;const languages=[
{ code: "en", name: "English", direction: "ltr", load: async ()=>english },{ code: "de", name: "Deutsch", direction: "ltr", load: async ()=>(await import("./messages/de.js")).messages },];function choose(wanted) {for (const tag of wanted) {const code=tag?.toLowerCase().split("-")[0];const found=languages.find((language)=>language.code===code);if (found) return found;}
return (languages[0]);}
async function texts(wanted) {const language=choose(wanted);try {return { language, t: translator(language.code, await language.load()) };} catch {const fallback=choose([]);return { language: fallback, t: translator(fallback.code, english) };}
}
function translator(code, messages) {const plural=new Intl.PluralRules(code);const number=new Intl.NumberFormat(code);return (key, values={})=>{const words=messages[key];const isOne=typeof values.count==="number"&&plural.select(values.count)==="one";const pattern=typeof words==="string" ? words : isOne ? words.one : words.other;return pattern.replace(/\{(\w+)\}/g, (_, name)=>{const value=values[name];return typeof value==="number" ? number.format(value) : (value ?? "");});};}
function listed(locale, names) {return new Intl.ListFormat(locale, { type: "conjunction" }).format(names);}
return { languages, choose, texts, translator, listed };
})();
const $3 = (() => {
const PREFIX="parley.page.";class Preferences {#a=new Map();get(name) {const here=this.#a.get(name);if (here!==undefined) return here;try {return localStorage.getItem(PREFIX + name);} catch {return null;}
}
set(name, value) {this.#a.set(name, value);try {localStorage.setItem(PREFIX + name, value);} catch {}
}
drafts(owner) {try {const value=JSON.parse(this.get(`drafts.${owner}`) ?? "{}");return new Map(Object.entries(value).filter((entry)=>typeof entry[1]==="string"));} catch {return new Map();}
}
setDrafts(owner, drafts) {this.set(`drafts.${owner}`, JSON.stringify(Object.fromEntries(drafts)));}
}
return { Preferences };
})();
const $4 = (() => {
const NAMES_AT_ONCE=4;class Names {#a;#b;#d=[];#c=new Set();#f=0;constructor(store, ask) {this.#a=store;this.#b=ask;}
need(id) {if (this.#c.has(id)||this.#a.state.people.has(id)) return;this.#c.add(id);this.#d.push(id);this.#e();}
#e() {while (this.#f < NAMES_AT_ONCE) {const id=this.#d.shift();if (id===undefined) return;this.#f += 1;void this.#b("user.get", { user: id })
.then((reply)=>this.#a.dispatch({ type: "people", users: [reply.user] }))
.catch(()=>this.#c.delete(id))
.finally(()=>{this.#f -= 1;this.#e();});}
}
}
class Quotes {#a;#b;#c=new Map();constructor(store, ask) {this.#a=store;this.#b=ask;}
clear() {this.#c.clear();}
get(conversation, id) {const here=this.#a.state.timelines.get(conversation)?.messages.find((message)=>message.id===id);if (here) return Promise.resolve(here);let asked=this.#c.get(id);if (!asked) {asked=this.#b("message.get", { id }).then((reply)=>reply.message,()=>null,);this.#c.set(id, asked);}
return asked;}
}
return { Names, Quotes };
})();
const $5 = (() => {
const WATCHED_MAX=200;const GATHER_MS=400;const IDLE_MS=5 * 60_000;class PresenceWatch {#a;#b;#c;#f="";#h=Date.now();#d=false;constructor(store, ask) {this.#a=store;this.#b=ask;}
stop() {clearTimeout(this.#c);}
connected() {this.changed(true);if (this.#a.state.status!=="online"||this.#d) this.#e();}
changed(anew=false) {if (anew) this.#f="";clearTimeout(this.#c);this.#c=setTimeout(()=>this.#g(), GATHER_MS);}
used() {this.#h=Date.now();if (this.#d) this.ticked(this.#h);}
ticked(now) {const isIdle=now - this.#h > IDLE_MS;if (isIdle===this.#d) return;this.#d=isIdle;this.#e();}
setStatus(status) {this.#a.dispatch({ type: "status", status });this.#e();}
get #i() {const { connection }=this.#a.state;return connection==="online"||connection==="polling";}
#e() {const { status }=this.#a.state;const shown=status==="online"&&this.#d ? "away" : status;if (this.#i) void this.#b("presence.set", { status: shown }).catch(()=>{});}
#g() {if (!this.#i) return;const { open, members, order, conversations, me }=this.#a.state;const present=open===null ? [] : (members.get(open)?.members ?? []).map((member)=>member.user);const others=order.map((id)=>conversations.get(id)?.other?.id);const users=[...new Set([...present, ...others])]
.filter((user)=>user!==undefined&&user!==me?.id)
.slice(0, WATCHED_MAX)
.sort();const watched=users.join("\n");if (watched===this.#f) return;this.#f=watched;void this.#b("presence.watch", { users })
.then((reply)=>this.#a.dispatch({ type: "presences", presences: reply.presences ?? [] }))
.catch(()=>{this.#f="";});}
}
return { PresenceWatch };
})();
const $6 = (() => {
const MARKS_MEMBERS_MAX=64;function othersOf(list, me) {if (!list||list.cursor!==null||list.members.length > MARKS_MEMBERS_MAX) return [];return list.members.filter((member)=>member.user!==me);}
function deliveryOf(message, others) {const { read, received, pending }=readersOf(others, message, undefined);if (pending.length > 0||read.length + received.length===0) return "stored";return received.length > 0 ? "received" : "read";}
function readersOf(members, { seq, at }, sender) {const others=members.filter((member)=>member.user!==sender&&(at===undefined||member.joined_at <= at));const read=others.filter((member)=>member.read_seq >= seq);const received=others.filter((member)=>member.read_seq < seq&&member.received_seq >= seq);const pending=others.filter((member)=>member.read_seq < seq&&member.received_seq < seq);return { read, received, pending };}
return { MARKS_MEMBERS_MAX, othersOf, deliveryOf, readersOf };
})();
const $7 = (() => {
const { Names, Quotes }=$4;const { PresenceWatch }=$5;const { MARKS_MEMBERS_MAX }=$6;const PAGE=50;const MEMBERS_PAGE=100;const JUMP_PAGES_MAX=200;const SUSPENDED_MS=60_000;class Session {#a;#b;#c=[];#o=null;#p=new Map();#r=new Set();#j;#h=null;#i=Infinity;onMessage=()=>{};constructor(parley, store) {this.#a=parley;this.#b=store;const ask=(op, fields)=>this.ask(op, fields);this.names=new Names(store, ask);this.quotes=new Quotes(store, ask);this.presence=new PresenceWatch(store, ask);}
start() {this.#c.push(this.#a.on("state", ()=>this.#d()),this.#a.on("event", (event)=>this.#e(event)),this.#a.on("outbox", ()=>this.#f()),this.#a.on("reload", ()=>this.#g()),this.#a.on("error", (error)=>{this.#h=error.closeCode===4003 ? "origin" : error.code;if (error.closeCode===4004) this.#i=Date.now() + SUSPENDED_MS * (0.75 + Math.random() / 2);this.#d();}),);this.#j=setInterval(()=>this.#k(), 1_000);this.#f();this.#a.start();this.#d();}
stop() {clearInterval(this.#j);this.presence.stop();for (const end of this.#c.splice(0)) end();}
get #l() {return this.#b.state;}
get #m() {return this.#l.connection==="online"||this.#l.connection==="polling";}
#d() {const before=this.#l.connection;const { state, user, limits }=this.#a;if (user&&user.id!==this.#l.me?.id) {this.#b.dispatch({ type: "welcomed", me: user, textMax: limits?.text ?? this.#l.textMax });} else if (user&&limits?.text&&limits.text!==this.#l.textMax) {this.#b.dispatch({ type: "welcomed", me: user, textMax: limits.text });}
const failure=state==="error" ? this.#h : null;if (state!==before||failure!==this.#l.failure) {this.#b.dispatch({ type: "connection", state, failure });}
if (!this.#m) return;if (!this.#l.listLoaded) void this.#n();if (state!==before) {this.presence.connected();const { open }=this.#l;if (open!==null&&this.#l.timelines.get(open)?.failed) void this.loadOpen(open);}
}
#f() {this.#b.dispatch({ type: "outbox", entries: this.#a.outbox });}
#g() {if (this.#o&&!this.#l.listLoaded&&this.#l.timelines.size===0) return;this.#o=null;this.#p.clear();this.quotes.clear();this.#b.dispatch({ type: "reset" });void this.#n();}
#e(event) {this.#b.dispatch({ type: "event", event, now: Date.now() });const { conversation: id }=event;const me=this.#l.me?.id;switch (event.event) {case "message.created":
case "message.hidden": {const { message }=event;if (!message||id===undefined) return;if (!this.#l.conversations.has(id)) void this.fetchConversation(id);if (message.sender===me) return;this.#a.received(id, message.seq);this.onMessage(message);return;}
case "conversation.created":
if (id!==undefined) void this.fetchConversation(id);return;case "member.added":
if (id!==undefined&&me!==undefined&&event.users?.includes(me)) void this.fetchConversation(id);return;case "block.added":
case "block.removed":
this.quotes.clear();this.#p.clear();if (this.#l.open!==null) void this.loadOpen(this.#l.open);this.presence.changed(true);return;}
}
#k() {const now=Date.now();if (now >= this.#i) {this.#i=Infinity;this.#a.start();}
if (this.#l.typing.size > 0) this.#b.dispatch({ type: "ticked", now });this.presence.ticked(now);}
#n() {this.#o ??= this.#q().finally(()=>{this.#o=null;});return this.#o;}
async #q() {try {const reply=await this.ask("conversation.list", { limit: PAGE });this.#b.dispatch({type: "listed",conversations: reply.conversations,cursor: reply.cursor ?? null,fresh: true,});for (const one of reply.conversations) {if (one.unread > 0&&one.received_seq < one.last_seq) this.#a.received(one.id, one.last_seq);if (one.last_message?.sender&&one.kind==="group") this.names.need(one.last_message.sender);}
this.presence.changed();const { open }=this.#l;if (open!==null) {if (!this.#l.conversations.has(open)) await this.fetchConversation(open);await this.loadOpen(open);}
const blocks=await this.ask("block.list", {});this.#b.dispatch({type: "blocks",users: blocks.users.map((one)=>(typeof one==="string" ? one : one.id)),});} catch {}
}
async loadMoreConversations() {const cursor=this.#l.listCursor;if (cursor===null||this.#o) return;this.#o=(async ()=>{try {const reply=await this.ask("conversation.list", { limit: PAGE, cursor });this.#b.dispatch({type: "listed",conversations: reply.conversations,cursor: reply.cursor ?? null,fresh: false,});this.presence.changed();} catch {} finally {this.#o=null;}
})();await this.#o;}
async fetchConversation(id) {if (this.#r.has(id)) return;this.#r.add(id);try {const reply=await this.ask("conversation.get", { conversation: id });const { members, pins: _, ...conversation }=reply.conversation;this.#b.dispatch({ type: "conversation", conversation });this.presence.changed();} catch (error) {const isMissing=error instanceof ParleyError&&error.code==="not_found";if (isMissing&&this.#l.open===id) this.#b.dispatch({ type: "notLoaded", conversation: id });} finally {this.#r.delete(id);}
}
open(id) {if (this.#l.open===id) return;this.#b.dispatch({ type: "opened", conversation: id });if (!this.#m&&!this.#l.listLoaded) return;if (!this.#l.conversations.has(id)) void this.fetchConversation(id);void this.loadOpen(id);}
close() {this.#b.dispatch({ type: "closed" });}
async loadOpen(id) {await Promise.all([this.#s(id, true), this.loadMembers(id)]);this.presence.changed();}
loadOlder(id) {const timeline=this.#l.timelines.get(id);return timeline?.loaded&&timeline.more ? this.#s(id, false) : Promise.resolve();}
async loadThrough(id, seq) {for (let page=0; page < JUMP_PAGES_MAX; page += 1) {const timeline=this.#l.timelines.get(id);const first=timeline?.messages[0];if (!timeline?.more||!first||first.seq <= seq||timeline.failed) return;await this.loadOlder(id);}
}
#s(id, newest) {if (newest&&this.#l.timelines.get(id)?.loaded) return Promise.resolve();const former=this.#p.get(id);if (former) return former;const load=this.#t(id, newest).finally(()=>{if (this.#p.get(id)===load) this.#p.delete(id);});this.#p.set(id, load);return load;}
async #t(id, newest) {const first=this.#l.timelines.get(id)?.messages[0];this.#b.dispatch({ type: "loading", conversation: id });try {const before=newest||!first ? {} : { before: first.seq };const reply=await this.ask("message.list", { conversation: id, limit: PAGE, ...before });this.#b.dispatch({type: "page",conversation: id,messages: reply.messages,more: reply.more,newest,});} catch {this.#b.dispatch({ type: "notLoaded", conversation: id });}
}
async loadMembers(id) {try {const fields={ conversation: id, limit: MEMBERS_PAGE };const reply=await this.ask("conversation.members", fields);this.#b.dispatch({type: "members",conversation: id,members: reply.members,cursor: reply.cursor ?? null,fresh: true,});} catch {}
}
async loadMoreMembers(id) {const cursor=this.#l.members.get(id)?.cursor;if (!cursor) return;const reply=await this.ask("conversation.members", { conversation: id, limit: MEMBERS_PAGE, cursor });this.#b.dispatch({type: "members",conversation: id,members: reply.members,cursor: reply.cursor ?? null,fresh: false,});}
async freshMembers(id) {const count=this.#l.conversations.get(id)?.member_count ?? 0;const known=this.#l.members.get(id);if (!known||count > MARKS_MEMBERS_MAX) await this.loadMembers(id);return this.#l.members.get(id)?.members ?? [];}
ask(op, fields) {return this.#a.send(op, (fields));}
send(conversation, text, options) {const entry=this.#a.sendMessage(conversation, text, options);this.#f();return entry;}
seen(conversation, seq) {const known=this.#l.conversations.get(conversation);if (!known||seq <= known.read_seq) return;this.#b.dispatch({ type: "seen", conversation, seq });this.#a.read(conversation, seq);}
async create(fields) {const reply=await this.ask("conversation.create", fields);const { members: _members, pins: _pins, ...conversation }=reply.conversation;this.#b.dispatch({ type: "conversation", conversation });return conversation.id;}
async block(user, on) {await this.ask(on ? "block.add" : "block.remove", { user });const users=new Set(this.#l.blocked);if (on) users.add(user);else users.delete(user);this.#b.dispatch({ type: "blocks", users: [...users] });}
}
return { Session };
})();
const $8 = (() => {
function merged(known, told) {if (!known) return told;const isNewer=known.last_seq > told.last_seq;const readSeq=Math.max(known.read_seq, told.read_seq);const latest=isNewer ? known : told;return {...told,last_seq: latest.last_seq,last_message: latest.last_message,read_seq: readSeq,received_seq: Math.max(known.received_seq, told.received_seq),unread: readSeq > told.read_seq||isNewer ? known.unread : told.unread,};}
function withCount(conversation, timeline, me) {const { read_seq: mark, last_seq: last }=conversation;if (mark >= last) return { ...conversation, unread: 0 };const first=timeline?.messages[0];if (!timeline||!first||first.seq > mark + 1) {return { ...conversation, unread: Math.min(conversation.unread, last - mark) };}
let unread=0;for (let place=timeline.messages.length - 1; place >= 0; place -= 1) {const message=timeline.messages[place];if (!message||message.seq <= mark) break;if (message.sender!==me&&!message.hidden&&!message.deleted) unread += 1;}
return { ...conversation, unread };}
function moved(order, id) {return order[0]===id ? order : [id, ...order.filter((other)=>other!==id)];}
function inOrder(ids, conversations) {const activity=(id)=>{const one=conversations.get(id);return one?.last_message?.at ?? one?.created_at ?? "";};return [...ids].sort((a, b)=>(activity(a) < activity(b) ? 1 : activity(a) > activity(b) ? -1 : 0));}
function titleOf(conversation, people) {if (conversation.kind==="group") return conversation.title||null;const other=conversation.other;return other ? (people.get(other.id)?.name ?? other.name) : null;}
return { merged, withCount, moved, inOrder, titleOf };
})();
const $9 = (() => {
const emptyTimeline={messages: [],loaded: false,loading: false,failed: false,more: false,unreadAfter: null,};function join(known, told) {const first=told[0];const last=told[told.length - 1];if (!first||!last) return known;if ((known[known.length - 1]?.seq ?? 0) < first.seq) return known.concat(told);const before=known.slice(0, placeOf(known, first.seq));const after=known.slice(placeOf(known, last.seq + 1));const between=known.slice(before.length, known.length - after.length);if (between.length===0) return [...before, ...told, ...after];const bySeq=new Map(between.map((message)=>[message.seq, message]));for (const message of told) bySeq.set(message.seq, message);return [...before, ...[...bySeq.values()].sort((a, b)=>a.seq - b.seq), ...after];}
function placeOf(messages, seq) {let low=0;let high=messages.length;while (low < high) {const middle=(low + high) >> 1;if ((messages[middle]).seq < seq) low=middle + 1;else high=middle;}
return low;}
function changed(messages, seq, change) {const place=placeOf(messages, seq);const message=messages[place];if (!message||message.seq!==seq) return messages;const next=[...messages];next[place]=change(message);return next;}
return { emptyTimeline, join, placeOf, changed };
})();
const $10 = (() => {
function withEntry(map, key, value) {return new Map(map).set(key, value);}
function withoutEntry(map, key) {if (!map.has(key)) return map;const next=new Map(map);next.delete(key);return next;}
function withAll(map, values, keyOf) {const next=new Map(map);for (const value of values) next.set(keyOf(value), value);return next;}
return { withEntry, withoutEntry, withAll };
})();
const $11 = (() => {
const { withEntry, withoutEntry }=$10;const TYPING_MS=7_000;function typed(typing, conversation, user, active, now) {const former=typing.get(conversation) ?? new Map();if (!active&&!former.has(user)) return typing;const next=active ? withEntry(former, user, now + TYPING_MS) : withoutEntry(former, user);return next.size ? withEntry(typing, conversation, next) : withoutEntry(typing, conversation);}
function expire(typing, now) {let next=typing;for (const [conversation, users] of typing) {for (const [user, until] of users) if (until <= now) next=typed(next, conversation, user, false, now);}
return next;}
return { typed, expire };
})();
const $12 = (() => {
const { moved, withCount }=$8;const { changed, join }=$9;const { withEntry, withoutEntry }=$10;const { typed }=$11;function afterEvent(state, event, now) {const { conversation: id }=event;switch (event.event) {case "message.created":
case "message.hidden":
return event.message ? created(state, event.message, now) : state;case "message.edited":
return event.message ? replaced(state, event.message) : state;case "message.deleted":
return id!==undefined&&event.seq!==undefined ? deleted(state, id, event.seq) : state;case "read":
case "received":
return cursor(state, event);case "typing": {if (id===undefined||event.user===undefined) return state;const typing=typed(state.typing, id, event.user, event.active===true, now);return typing===state.typing ? state : { ...state, typing };}
case "presence":
return presence(state, event);case "conversation.updated":
return event.details ? updated(state, event.details) : state;case "member.added":
return added(state, event);case "member.removed":
return removed(state, event);case "member.role":
return role(state, event);case "block.added":
case "block.removed":
return block(state, event);case "tenant.updated":
return event.limits?.text ? { ...state, textMax: event.limits.text } : state;default:
return state;}
}
function created(state, message, now) {const { conversation: id, seq }=message;let next=state;const timeline=state.timelines.get(id);if (timeline?.loaded) {const messages=join(timeline.messages, [message]);next={ ...next, timelines: withEntry(next.timelines, id, { ...timeline, messages }) };}
if (message.sender) {const typing=typed(next.typing, id, message.sender, false, now);if (typing!==next.typing) next={ ...next, typing };}
const known=state.conversations.get(id);if (!known||seq <= known.last_seq) return next;const counts=message.sender!==state.me?.id&&!message.hidden&&!message.deleted&&seq > known.read_seq;const conversation={...known,last_seq: seq,last_message: message,unread: known.unread + (counts ? 1 : 0),};return {...next,conversations: withEntry(next.conversations, id, conversation),order: moved(next.order, id),};}
function replaced(state, message) {const { conversation: id, seq }=message;let next=state;const timeline=state.timelines.get(id);if (timeline) {const messages=changed(timeline.messages, seq, ()=>message);if (messages!==timeline.messages) {next={ ...next, timelines: withEntry(next.timelines, id, { ...timeline, messages }) };}
}
const known=state.conversations.get(id);if (known?.last_message?.seq===seq) {next={ ...next, conversations: withEntry(next.conversations, id, { ...known, last_message: message }) };}
return next;}
function deleted(state, id, seq) {const known=state.conversations.get(id)?.last_message;const here=state.timelines.get(id)?.messages.find((message)=>message.seq===seq);const message=here ?? (known?.seq===seq ? known : undefined);if (!message) return state;const { text: _, ...rest }=message;return replaced(state, { ...rest, deleted: true });}
function cursor(state, event) {const { conversation: id, user, seq }=event;if (id===undefined||user===undefined||seq===undefined) return state;const field=event.event==="read" ? "read_seq" : "received_seq";let next=state;const list=state.members.get(id);if (list?.members.some((member)=>member.user===user&&member[field] < seq)) {const members=list.members.map((member)=>(member.user===user ? { ...member, [field]: seq } : member));next={ ...next, members: withEntry(next.members, id, { ...list, members }) };}
const known=state.conversations.get(id);if (known&&user===state.me?.id&&known[field] < seq) {const moved={ ...known, [field]: seq };const counted=field==="read_seq" ? withCount(moved, state.timelines.get(id), user) : moved;next={ ...next, conversations: withEntry(next.conversations, id, counted) };}
return next;}
function presence(state, event) {if (event.user===undefined||event.status===undefined) return state;const one={ user: event.user, status: event.status, last_seen: event.last_seen, text: event.text };return { ...state, presences: withEntry(state.presences, event.user, one) };}
function updated(state, details) {const known=state.conversations.get(details.id);if (!known) return state;const { last_seq: _, ...changes }=details;const { title: _title, picture: _picture, ...kept }=known;return { ...state, conversations: withEntry(state.conversations, details.id, { ...kept, ...changes }) };}
function added(state, event) {const next=event.details ? updated(state, event.details) : state;const id=event.conversation;const list=id===undefined ? undefined : next.members.get(id);if (id===undefined||!list||!event.users) return next;const known=new Set(list.members.map((member)=>member.user));const mark=next.conversations.get(id)?.last_seq ?? 0;const fresh=event.users
.filter((user)=>!known.has(user))
.map((user)=>({user,role: "member",read_seq: mark,received_seq: mark,joined_at: event.at ?? "",}));return { ...next, members: withEntry(next.members, id, { ...list, members: [...list.members, ...fresh] }) };}
function removed(state, event) {const { conversation: id, users }=event;if (id===undefined||!users) return state;if (state.me&&users.includes(state.me.id)) {return {...state,conversations: withoutEntry(state.conversations, id),order: state.order.filter((other)=>other!==id),members: withoutEntry(state.members, id),typing: withoutEntry(state.typing, id),gone: state.gone||state.open===id,};}
let next=state;for (const user of users) next={ ...next, typing: typed(next.typing, id, user, false, 0) };const list=state.members.get(id);if (list) {const members=list.members.filter((member)=>!users.includes(member.user));next={ ...next, members: withEntry(next.members, id, { ...list, members }) };}
const known=state.conversations.get(id);if (known) {const count=Math.max(1, known.member_count - users.length);next={ ...next, conversations: withEntry(next.conversations, id, { ...known, member_count: count }) };}
return next;}
function role(state, event) {const { conversation: id, user }=event;const named=event.role;if (id===undefined||user===undefined||named===undefined) return state;let next=state;const list=state.members.get(id);if (list) {const members=list.members.map((member)=>(member.user===user ? { ...member, role: named } : member));next={ ...next, members: withEntry(next.members, id, { ...list, members }) };}
const known=state.conversations.get(id);if (known&&user===state.me?.id) {next={ ...next, conversations: withEntry(next.conversations, id, { ...known, role: named }) };}
return next;}
function block(state, event) {if (event.user===undefined) return state;const blocked=new Set(state.blocked);if (event.event==="block.added") blocked.add(event.user);else blocked.delete(event.user);return { ...state, blocked, timelines: new Map() };}
return { afterEvent };
})();
const $13 = (() => {
const { afterEvent }=$12;const { inOrder, merged, moved, withCount }=$8;const { emptyTimeline, join }=$9;const { withAll, withEntry, withoutEntry }=$10;const { expire }=$11;const initialState={me: null,connection: "connecting",wasOnline: false,failure: null,textMax: 10_000,people: new Map(),presences: new Map(),blocked: new Set(),conversations: new Map(),order: [],listLoaded: false,listCursor: null,timelines: new Map(),members: new Map(),typing: new Map(),outbox: [],open: null,gone: false,drafts: new Map(),status: "online",};function reduce(state, input) {switch (input.type) {case "welcomed":
return {...state,me: input.me,textMax: input.textMax,people: withEntry(state.people, input.me.id, input.me),};case "connection": {const isConnected=input.state==="online"||input.state==="polling";return {...state,connection: input.state,wasOnline: state.wasOnline||isConnected,failure: isConnected ? null : (input.failure ?? state.failure),};}
case "event":
return afterEvent(state, input.event, input.now);case "outbox":
return { ...state, outbox: input.entries };case "listed":
return listed(state, input);case "conversation":
return conversation(state, input.conversation);case "opened":
return opened(state, input.conversation);case "closed":
return state.open===null ? state : { ...state, open: null, gone: false };case "loading":
return withTimeline(state, input.conversation, { loading: true, failed: false });case "notLoaded":
return withTimeline(state, input.conversation, { loading: false, failed: true });case "page":
return page(state, input);case "members":
return members(state, input);case "people":
return { ...state, people: withAll(state.people, input.users, (user)=>user.id) };case "presences":
return { ...state, presences: withAll(state.presences, input.presences, (one)=>one.user) };case "blocks":
return { ...state, blocked: new Set(input.users) };case "seen":
return seen(state, input.conversation, input.seq);case "draft": {if ((state.drafts.get(input.conversation) ?? "")===input.text) return state;const drafts=input.text
? withEntry(state.drafts, input.conversation, input.text)
: withoutEntry(state.drafts, input.conversation);return { ...state, drafts };}
case "drafts":
return { ...state, drafts: input.drafts };case "status":
return { ...state, status: input.status };case "ticked": {const typing=expire(state.typing, input.now);return typing===state.typing ? state : { ...state, typing };}
case "reset":
return { ...state, timelines: new Map(), members: new Map(), listLoaded: false, typing: new Map() };}
}
function listed(state, input) {const conversations=input.fresh ? new Map() : new Map(state.conversations);const people=new Map(state.people);for (const one of input.conversations) {conversations.set(one.id, merged(state.conversations.get(one.id), one));if (one.other) people.set(one.other.id, one.other);}
const ids=input.conversations.map((one)=>one.id);const known=new Set(ids);const order=input.fresh ? ids : [...state.order.filter((id)=>!known.has(id)), ...ids];return {...state,conversations,people,order: inOrder(order, conversations),listLoaded: true,listCursor: input.cursor,};}
function conversation(state, one) {const conversations=withEntry(state.conversations, one.id, merged(state.conversations.get(one.id), one));const people=one.other ? withEntry(state.people, one.other.id, one.other) : state.people;const order=state.order.includes(one.id) ? state.order : moved(state.order, one.id);const gone=state.open===one.id ? false : state.gone;return { ...state, conversations, people, order, gone };}
function opened(state, id) {const one=state.conversations.get(id);const former=state.timelines.get(id) ?? emptyTimeline;const unreadAfter=one&&one.unread > 0 ? one.read_seq : null;const timelines=withEntry(state.timelines, id, { ...former, unreadAfter });return { ...state, open: id, gone: false, timelines };}
function withTimeline(state, id, changes) {const timeline={ ...(state.timelines.get(id) ?? emptyTimeline), ...changes };return { ...state, timelines: withEntry(state.timelines, id, timeline) };}
function page(state, input) {const former=state.timelines.get(input.conversation) ?? emptyTimeline;const more=input.newest&&former.loaded ? former.more : input.more;return withTimeline(state, input.conversation, {messages: join(former.messages, input.messages),loaded: true,loading: false,failed: false,more,});}
function members(state, input) {const former=input.fresh ? [] : (state.members.get(input.conversation)?.members ?? []);const known=new Set(input.members.map((member)=>member.user));const list={members: [...former.filter((member)=>!known.has(member.user)), ...input.members],cursor: input.cursor,};return { ...state, members: withEntry(state.members, input.conversation, list) };}
function seen(state, id, seq) {const one=state.conversations.get(id);if (!one||seq <= one.read_seq) return state;const next=withCount({ ...one, read_seq: seq }, state.timelines.get(id), state.me?.id);return { ...state, conversations: withEntry(state.conversations, id, next) };}
return { initialState, reduce };
})();
const $14 = (() => {
const { initialState, reduce }=$13;class Store {state=initialState;#a=new Set();dispatch(input) {const next=reduce(this.state, input);if (next===this.state) return;this.state=next;for (const listener of this.#a) listener(next);}
subscribe(listener) {this.#a.add(listener);return ()=>this.#a.delete(listener);}
}
return { Store };
})();
const $15 = (() => {
function applyTheme(root, theme) {const chosen=theme==="light"||theme==="dark" ? theme : null;for (const element of [root, document.documentElement]) {if (chosen===null) element.removeAttribute("data-theme");else element.setAttribute("data-theme", chosen);}
}
return { applyTheme };
})();
const $16 = (() => {
const TURNING="\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069";const LINK=new RegExp(`\\bhttps?://[^\\s<>"'\`${TURNING}]+`, "giu");const TRAILING=/[.,;:!?…)\]}»”’*_~]$/u;const OPENING={ ")": "(", "]": "[", "}": "{" };function pieces(text) {const found=[];let place=0;for (const match of text.matchAll(LINK)) {const link=withoutTrail(match[0] ?? "");const start=match.index ?? 0;const href=safeAddress(link);if (href===null) continue;if (start > place) found.push({ text: text.slice(place, start), href: null });found.push({ text: link, href });place=start + link.length;}
if (place < text.length) found.push({ text: text.slice(place), href: null });return found;}
function withoutTrail(link) {let rest=link;for (;;) {const last=rest[rest.length - 1];if (last===undefined||!TRAILING.test(rest)) return rest;const opening=OPENING[(last)];if (opening&&rest.split(opening).length >= rest.split(last).length) return rest;rest=rest.slice(0, -1);}
}
function safeAddress(link) {try {const url=new URL(link);const isWeb=url.protocol==="https:"||url.protocol==="http:";return isWeb&&!url.username&&!url.password&&url.hostname ? url.href : null;} catch {return null;}
}
const EMOJI=/^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3)/u;const EMOJI_MAX=3;const EMOJI_TEXT_MAX=80;function isEmojiOnly(text) {if (text.length > EMOJI_TEXT_MAX||!("Segmenter" in Intl)) return false;let count=0;for (const { segment } of new Intl.Segmenter().segment(text)) {if (segment.trim()==="") continue;if (!EMOJI.test(segment)) return false;count += 1;}
return count > 0&&count <= EMOJI_MAX;}
function lengthOf(text) {let count=0;for (const _ of trimmed(text)) count += 1;return count;}
function trimmed(text) {return text.replace(/^\p{White_Space}+/u, "").replace(/\p{White_Space}+$/u, "");}
function oneLine(text) {return text.slice(0, 200).replace(/\s+/gu, " ");}
function summary({ text, attachments=[], voice }, t) {const name=attachments[0]?.name ?? "";const count=attachments.length - 1;return oneLine(text||(voice ? t("voiceMessage") : count > 0 ? t("filesAre", { name, count }) : name));}
function initials(name) {const words=name.split(/[\s._@-]+/u).filter((word)=>/[\p{L}\p{N}]/u.test(word));const first=words[0];const last=words.length > 1 ? words[words.length - 1] : undefined;const letters=[first, last].map((word)=>(word ? (/[\p{L}\p{N}]/u.exec(word)?.[0] ?? "") : ""));return letters.join("").toLocaleUpperCase()||"?";}
function hueOf(id) {let hash=0;for (let place=0; place < id.length; place += 1) hash=(hash * 31 + id.charCodeAt(place)) >>> 0;return (hash * 137) % 360;}
return { pieces, isEmojiOnly, lengthOf, trimmed, oneLine, summary, initials, hueOf };
})();
const $17 = (() => {
const { lengthOf }=$16;function explainMessage(error, t, { text, textMax, name }) {const over=lengthOf(text) - textMax;if (error?.code==="bad_request"&&error.field==="text") {return over > 0 ? t("errorTooLong", { count: over }) : t("errorEmpty");}
if (error?.code==="too_large") return over > 0 ? t("errorTooLong", { count: over }) : t("errorUnknown");if (error?.code==="blocked") return t("errorBlocked", { name });if (error?.code==="not_found") {return error.field==="reply_to" ? t("errorNotFound") : t("errorNotMember");}
return explain(error, t);}
function explain(error, t) {const { code, field }=(error ?? {});switch (code) {case "blocked":
return t("errorBlockedGroup");case "not_found":
return t("errorNotFound");case "forbidden":
return t("errorForbidden");case "rate_limited":
return t("errorTooFast");case "conflict":
return t("errorConflict");case "overloaded":
case "unavailable":
return t("errorUnavailable");case "bad_request":
return field==="title"||field==="name" ? t("errorName") : t("errorUnknown");default:
return t("errorUnknown");}
}
function explainConnection(code, t) {if (code==="unauthenticated"||code==="token_expired") return t("refusedToken");if (code==="origin") return t("refusedOrigin");return code==="forbidden" ? t("suspended") : t("refusedConnection");}
return { explainMessage, explain, explainConnection };
})();
const $18 = (() => {
const { h, setAttribute, setText }=$0;const { explainConnection }=$17;const QUIET_MS=2_000;const BACK_MS=2_500;function bannerView(page) {const { t }=page;const text=h("span", {});const reload=h("button", { type: "button", class: "link", hidden: true, onclick: ()=>location.reload() });setText(reload, t("reload"));const element=h("div", { class: "banner", role: "status", hidden: true }, text, reload);let timer;let saysTrouble=false;function show(words, kind) {setAttribute(element, "hidden", words===null);setAttribute(element, "data-kind", kind);setText(text, words ?? "");setAttribute(reload, "hidden", kind!=="error");saysTrouble=words!==null&&kind!=="back";}
return {element,update(state, before) {if (state.connection===before?.connection&&state.failure===before?.failure) return;clearTimeout(timer);if (state.failure!==null) {show(explainConnection(state.failure, t), "error");return;}
switch (state.connection) {case "online":
if (!saysTrouble) {show(null, "");return;}
show(t("backOnline"), "back");timer=setTimeout(()=>show(null, ""), BACK_MS);return;case "polling":
show(t("slow"), "slow");return;case "error":
show(explainConnection(null, t), "error");return;default:
if (saysTrouble) show(t("reconnecting"), "away");else timer=setTimeout(()=>show(t("reconnecting"), "away"), QUIET_MS);}
},destroy() {clearTimeout(timer);},};}
return { bannerView };
})();
const $19 = (() => {
function openDialogOf(name, page, ...rest) {import("./parts/dialogs.js").then(({ dialogs })=>void ((dialogs[name])(page, ...rest)),()=>page.announce(page.t("errorUnavailable")),);}
let loaded=null;const filesPart=()=>loaded;function withFiles(then) {import("./parts/files.js").then(({ files })=>files.ready().then(()=>{loaded=files;then(files);})).catch(()=>{});}
return { openDialogOf, filesPart, withFiles };
})();
const $20 = (() => {
const DAY_MS=86_400_000;class Times {#b;#c;#d;#e;#f;#g;#a;constructor(locale, t) {this.#a=t;this.#b=new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });this.#c=new Intl.DateTimeFormat(locale, { weekday: "long" });this.#d=new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });this.#e=new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });this.#f=new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" });this.#g=new Intl.RelativeTimeFormat(locale, { numeric: "auto" });}
clock(at) {return format(this.#b, at);}
full(at) {return format(this.#f, at);}
day(day, now) {const date=new Date(`${day}T12:00:00`);const ago=Math.round((startOf(now) - startOf(date)) / DAY_MS);if (ago===0||ago===1) return capital(this.#g.format(-ago, "day"));if (ago > 1&&ago < 7) return capital(this.#c.format(date));return this.#e.format(date);}
short(at, now) {const date=new Date(at);if (Number.isNaN(date.getTime())) return "";const ago=Math.round((startOf(now) - startOf(date)) / DAY_MS);if (ago <= 0) return this.#b.format(date);if (ago===1) return capital(this.#g.format(-1, "day"));return this.#d.format(date);}
lastSeen(at, now) {const date=new Date(at);if (Number.isNaN(date.getTime())) return this.#a("offline");const minutes=Math.floor((now.getTime() - date.getTime()) / 60_000);if (minutes < 1) return this.#a("lastSeenNow");if (minutes < 60) return this.#a("lastSeen", { when: this.#g.format(-minutes, "minute") });if (minutes < 24 * 60) {return this.#a("lastSeen", { when: this.#g.format(-Math.floor(minutes / 60), "hour") });}
return this.#a("lastSeen", { when: this.#g.format(-Math.floor(minutes / 1440), "day") });}
}
function format(formatter, at) {const date=new Date(at);return Number.isNaN(date.getTime()) ? "" : formatter.format(date);}
function startOf(date) {return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();}
function capital(text) {return text.charAt(0).toLocaleUpperCase() + text.slice(1);}
function dayOf(at) {const date=new Date(at);if (Number.isNaN(date.getTime())) return "";const two=(number)=>String(number).padStart(2, "0");return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;}
return { Times, dayOf };
})();
const $21 = (() => {
const { h, setAttribute, setText }=$0;const { hueOf, initials }=$16;function nameOf(page, id) {const known=page.store.state.people.get(id);if (!known) page.session.names.need(id);return known?.name ?? id;}
function avatar(id, name, size="") {const element=h("span", { class: `avatar ${size}`, "aria-hidden": "true" });paintAvatar(element, id, name);return element;}
function paintAvatar(element, id, name) {element.style.setProperty("--hue", String(hueOf(id)));setText(element, initials(name));}
function presenceText(page, times, presence) {if (!presence) return null;const words=presence.status==="offline"&&presence.last_seen
? times.lastSeen(presence.last_seen, new Date())
: page.t(presence.status);return presence.text ? `${words} · ${presence.text}` : words;}
class PresenceDot {element=h("span", { class: "dot", hidden: true });update(page, presence) {setAttribute(this.element, "hidden", presence===undefined);if (!presence) return;setAttribute(this.element, "data-status", presence.status);setAttribute(this.element, "title", page.t(presence.status));}
}
return { nameOf, avatar, paintAvatar, presenceText, PresenceDot };
})();
const $22 = (() => {
const { arrange, h, iconButton, setAttribute, setText }=$0;const { openDialogOf }=$19;const { oneLine, summary }=$16;const { Times }=$20;const { titleOf }=$8;const { PresenceDot, avatar, nameOf, paintAvatar }=$21;const NEAR_PX=400;function conversationListView(page) {const { t, session, store }=page;const times=new Times(page.locale, t);const face=avatar("", "", "small");const mine=h("button",{ type: "button", class: "me", "aria-label": t("settings"), title: t("settings"), onclick: ()=>openDialogOf("settingsDialog", page) },face,);const filter=h("input", {type: "search",class: "filter",placeholder: t("filter"),"aria-label": t("filter"),autocomplete: "off",oninput: ()=>show(store.state),onkeydown: (event)=>filterKey(event),});const begin=iconButton("add", t("newConversation"), ()=>openDialogOf("newConversationDialog", page));const items=h("ul", { class: "conversations" });const note=h("p", { class: "empty", hidden: true });const more=h("button", { type: "button", class: "quiet", hidden: true, onclick: ()=>session.loadMoreConversations() });setText(more, t("loadMore"));const scroller=h("div", { class: "scroller", onscroll: nearEnd }, items, note, more);const element=h("nav",{ class: "list", "aria-label": t("conversations") },h("div", { class: "bar" }, mine, filter, begin),scroller,);const shown=new Map();function filterKey(event) {if (event.key==="Enter"&&!event.isComposing) {const first=items.querySelector("button");if (filter.value&&first) {first.click();filter.value="";show(store.state);}
} else if (event.key==="ArrowDown") {event.preventDefault();items.querySelector("button")?.focus();} else if (event.key==="Escape"&&filter.value) {event.stopPropagation();filter.value="";show(store.state);}
}
function nearEnd() {const left=scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;if (left < NEAR_PX&&store.state.listCursor!==null) void session.loadMoreConversations();}
function show(state) {const query=filter.value.trim().toLocaleLowerCase();const wanted=[];const now=new Date();for (const id of state.order) {const one=state.conversations.get(id);if (!one) continue;const title=titleOf(one, state.people) ?? t("unnamedGroup");if (query&&!title.toLocaleLowerCase().includes(query)) continue;let item=shown.get(id);if (!item) {item=new Item(page, times, id);shown.set(id, item);}
item.update(state, one, title, now);wanted.push(item.element);}
for (const id of shown.keys()) if (!state.conversations.has(id)) shown.delete(id);arrange(items, wanted);const words=!state.listLoaded&&state.order.length===0
? state.failure ? null : t("loading")
: query&&wanted.length===0
? t("nothingFound", { query: filter.value.trim() })
: wanted.length===0
? t("noConversations")
: null;setAttribute(note, "hidden", words===null);setText(note, words ?? "");setAttribute(more, "hidden", state.listCursor===null);if (query&&state.listCursor!==null) void session.loadMoreConversations();}
return {element,update(state, before) {if (state.me&&state.me!==before?.me) {paintAvatar(face, state.me.id, state.me.name);mine.title=`${state.me.name} · ${t("settings")}`;mine.setAttribute("aria-label", mine.title);}
const same=before
&& state.order===before.order
&& state.conversations===before.conversations
&& state.people===before.people
&& state.presences===before.presences
&& state.typing===before.typing
&& state.drafts===before.drafts
&& state.open===before.open
&& state.listLoaded===before.listLoaded
&& state.failure===before.failure
&& state.listCursor===before.listCursor;if (!same) show(state);},};}
class Item {#a;#b;#e=avatar("", "");#f=new PresenceDot();#g=h("bdi", { class: "title" });#h=h("time", {});#i=h("span", { class: "line", dir: "auto" });#c=h("span", { class: "count", hidden: true });#j=h("span", { class: "unseen" });#d;element;#k=[];constructor(page, times, id) {this.#a=page;this.#b=times;this.#c.setAttribute("aria-hidden", "true");this.#d=h("button",{ type: "button", class: "conversation", "data-id": id, onclick: ()=>page.session.open(id), onkeydown: move },h("span", { class: "face" }, this.#e, this.#f.element),h("span", { class: "first" }, this.#g, this.#h),h("span", { class: "second" }, this.#i, this.#c, this.#j),);this.element=h("li", {}, this.#d);}
update(state, one, title, now) {const presence=one.other ? state.presences.get(one.other.id) : undefined;const typing=state.typing.get(one.id);const draft=one.id===state.open ? undefined : state.drafts.get(one.id);const isOpen=one.id===state.open;const next=[one, title, presence, typing, draft, isOpen, now.getDate(), senderName(this.#a, state, one)];if (next.every((value, place)=>value===this.#k[place])) return;this.#k=next;const { t }=this.#a;paintAvatar(this.#e, one.other?.id ?? one.id, title);this.#e.classList.toggle("group", one.kind==="group");this.#f.update(this.#a, presence);setText(this.#g, title);const at=one.last_message?.at ?? (one.last_message ? "" : one.created_at);setText(this.#h, at ? this.#b.short(at, now) : "");setAttribute(this.#h, "datetime", at||null);setText(this.#i, this.#l(state, one, typing, draft));this.#i.classList.toggle("typing", typing!==undefined);this.#i.classList.toggle("draft", typing===undefined&&draft!==undefined);setAttribute(this.#c, "hidden", one.unread===0);setText(this.#c, one.unread > 999 ? "999+" : String(one.unread));setText(this.#j, one.unread > 0 ? `, ${t("unread", { count: one.unread })}` : "");setAttribute(this.#d, "aria-current", isOpen ? "true" : null);this.#d.classList.toggle("has-unread", one.unread > 0);}
#l(state, one, typing, draft) {const { t }=this.#a;if (typing) {const first=[...typing.keys()][0];return one.kind==="direct"||first===undefined||typing.size > 1
? t("typing")
: t("typingOne", { name: nameOf(this.#a, first) });}
if (draft) return t("draftIs", { text: oneLine(draft) });const message=one.last_message;if (!message) return "";if (message.hidden) return t("hiddenMessage");if (message.deleted) return t("deletedMessage");const text=summary(message, t);if (message.sender===state.me?.id) return t("youSaid", { text });if (one.kind==="direct"||!message.sender) return text;return t("someoneSaid", { name: nameOf(this.#a, message.sender), text });}
}
function senderName(page, state, one) {const sender=one.kind==="group" ? one.last_message?.sender : undefined;return sender===undefined||sender===state.me?.id ? "" : nameOf(page, sender);}
function move(event) {if (event.altKey||(event.key!=="ArrowDown"&&event.key!=="ArrowUp")) return;const item=(event.currentTarget).parentElement;const next=event.key==="ArrowDown" ? item?.nextElementSibling : item?.previousElementSibling;event.preventDefault();next?.querySelector("button")?.focus();}
return { conversationListView };
})();
const $23 = (() => {
const { h, iconButton, setAttribute }=$0;const COMMON=("😀 😄 😁 😂 🤣 😊 🙂 😉 😍 🥰 😘 😎 🤩 🥳 😇 🤗 🤔 🤨 😐 🙄 😏 😬 😴 🤤 😋 😜 🤪 😅 😢 😭 😤 😠 😱 😳 🥺 😷 🤒 🤯 "
+ "👍 👎 👌 ✌️ 🤞 🤙 👋 🙌 👏 🙏 💪 🤝 👀 🫶 ❤️ 🧡 💛 💚 💙 💜 🖤 💔 💯 🔥 ✨ ⭐ 🎉 🎂 🎁 🏆 🌈 ☀️ 🌧️ ❄️ 🌱 🌸 🐶 🐱 🦊 🐢 "
+ "☕ 🍺 🍷 🍕 🍔 🥨 🍰 🍎 🥑 🍿 ⚽ 🚲 🚗 🚆 ✈️ 🏠 💻 📱 📎 📌 📅 ⏰ 💡 🔑 🔒 ✅ ❌ ❓ ❗ 🚀"
).split(" ");const COLUMNS=8;function emojiButton(page, choose) {const { t }=page;const button=iconButton("smile", t("emoji"), ()=>toggle(), { "aria-expanded": "false", "aria-haspopup": "true" });const grid=h("div", { class: "emoji", role: "group", "aria-label": t("emoji"), hidden: true, onkeydown: move });const element=h("div", { class: "emoji-holder" }, button, grid);function toggle(on=grid.hidden) {if (on&&grid.childElementCount===0) fill();setAttribute(grid, "hidden", !on);setAttribute(button, "aria-expanded", String(on));if (on) (grid.querySelector("[tabindex='0']"))?.focus();}
function fill() {for (const [place, emoji] of COMMON.entries()) {const onclick=()=>{toggle(false);choose(emoji);};grid.append(h("button", { type: "button", tabindex: place===0 ? 0 : -1, onclick }, emoji));}
}
function move(event) {const buttons=([...grid.children]);const place=buttons.indexOf((document.activeElement));const ahead=getComputedStyle(grid).direction==="rtl" ? -1 : 1;const step={ ArrowRight: ahead, ArrowLeft: -ahead, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];if (event.key==="Escape") {event.stopPropagation();event.preventDefault();toggle(false);button.focus();} else if (step!==undefined) {event.preventDefault();const next=buttons[Math.max(0, Math.min(buttons.length - 1, place + step))];for (const one of buttons) one.tabIndex=one===next ? 0 : -1;next?.focus();}
}
function outside(event) {if (!grid.hidden&&!element.contains((event.target))) toggle(false);}
document.addEventListener("pointerdown", outside);document.addEventListener("focusin", outside);return {element,destroy() {document.removeEventListener("pointerdown", outside);document.removeEventListener("focusin", outside);},};}
return { emojiButton };
})();
const $24 = (() => {
const { h, icon, iconButton, setAttribute, setText }=$0;const { explain }=$17;const { titleOf }=$8;const { withFiles }=$19;const { lengthOf, summary, trimmed }=$16;const { emojiButton }=$23;const { nameOf }=$21;const LEFT_FROM=200;function composerView(page) {const { t, session, store, parley }=page;const label=h("label", { class: "unseen", for: "composer-text" });const text=h("textarea", {id: "composer-text",rows: 1,dir: "auto",placeholder: t("writeHere"),"aria-describedby": "composer-hint",autocomplete: "off",oninput: ()=>written(),onkeydown: (event)=>key(event),});const hint=h("p", { id: "composer-hint", class: "hint", "aria-live": "polite" });const send=h("button", { type: "submit", class: "send", "aria-label": t("send"), title: t("send") }, icon("send"));const contextText=h("span", { class: "context-text", dir: "auto" });const contextTitle=h("span", { class: "context-title" });const cancel=iconButton("close", t("cancel"), ()=>leaveContext());const context=h("div", { class: "context", hidden: true }, h("div", {}, contextTitle, contextText), cancel);const emoji=emojiButton(page, (character)=>insert(character));const element=h("form",{ class: "composer", onsubmit: (event)=>submit(event) },context,h("div", { class: "write" }, emoji.element, label, text, send),hint,);let tray=null;let isGone=false;withFiles((files)=>{if (isGone) return;tray=files.trayView(page, { element, text, send, changed: ()=>count(), submit: ()=>submit(new Event("submit")) });tray.open(open);count();});let open=null;let replyTo=null;let editing=null;let draftBefore="";function key(event) {if (event.isComposing) return;if (event.key==="Enter"&&!event.shiftKey&&!event.ctrlKey&&!event.altKey&&!event.metaKey) {if (matchMedia("(pointer: coarse)").matches&&!matchMedia("(any-pointer: fine)").matches) return;submit(event);} else if (event.key==="Escape"&&(replyTo||editing)) {event.preventDefault();leaveContext();}
}
function written() {grow();count();if (open===null) return;if (!editing) store.dispatch({ type: "draft", conversation: open, text: text.value });parley.typing(open, trimmed(text.value)!=="");}
function grow() {element.style.minBlockSize=`${element.offsetHeight}px`;text.style.blockSize="auto";const height=text.scrollHeight;if (height > 0) text.style.blockSize=`${height}px`;element.style.minBlockSize="";}
let width=0;const observer=new ResizeObserver(()=>{if (element.offsetWidth===width) return;width=element.offsetWidth;requestAnimationFrame(grow);});observer.observe(element);function count() {const max=store.state.textMax;const length=text.value.length < max / 2 ? 0 : lengthOf(text.value);const left=max - length;setText(hint, left < 0 ? t("tooLong", { count: -left }) : left < LEFT_FROM ? t("charactersLeft", { count: left }) : "");hint.classList.toggle("problem", left < 0);const isEmpty=trimmed(text.value)==="";setAttribute(send, "disabled", left < 0||(isEmpty&&!hasFiles())||tray?.isBlocked);tray?.written(!isEmpty||editing!==null);return left >= 0&&!tray?.isBlocked;}
const hasFiles=()=>!editing&&(tray?.count ?? 0) > 0;function submit(event) {event.preventDefault();const words=trimmed(text.value);if (open===null||(words===""&&!hasFiles())||!count()) return;if (editing) {const { id }=editing;parley.edit(id, words);} else {try {const send=(more)=>session.send(open ?? "", words, { replyTo: replyTo?.id, ...more });if (tray&&hasFiles()) tray.send(send);else send({});} catch (error) {setText(hint, explain(error, t));hint.classList.add("problem");return;}
page.root.dispatchEvent(new CustomEvent("sent"));}
parley.typing(open, false);draftBefore=editing ? draftBefore : "";leaveContext(editing===null);}
function leaveContext(clears=false) {if (editing) setValue(draftBefore);else if (clears) setValue("");editing=null;replyTo=null;showContext();text.focus();}
function setValue(value) {text.value=value;grow();count();if (open!==null) store.dispatch({ type: "draft", conversation: open, text: value });}
function insert(character) {text.focus();text.setRangeText(character, text.selectionStart, text.selectionEnd, "end");written();}
function showContext() {setAttribute(context, "hidden", !replyTo&&!editing);const words=editing ? t("cancelEdit") : t("cancelReply");setAttribute(cancel, "aria-label", words);setAttribute(cancel, "title", words);if (editing) {setText(contextTitle, t("editingFailed"));setText(contextText, "");} else if (replyTo) {const isOwn=replyTo.sender===store.state.me?.id;const name=isOwn ? t("you") : nameOf(page, replyTo.sender ?? "");setText(contextTitle, t("replyingTo", { name }));setText(contextText, summary(replyTo, t));}
}
return {element,reply(message) {if (editing) leaveContext();replyTo=message;showContext();text.focus();},editFailed(entry) {replyTo=null;if (!editing) draftBefore=text.value;editing=entry;showContext();text.value=entry.text;grow();count();text.focus();},update(state, before) {if (state.open!==open) {if (open!==null&&before) parley.typing(open, false);open=state.open;tray?.open(open);editing=null;replyTo=null;showContext();text.value=open===null ? "" : (state.drafts.get(open) ?? "");if (open!==null&&matchMedia("(any-pointer: fine)").matches) {requestAnimationFrame(()=>text.focus({ preventScroll: true }));}
grow();count();} else if (open!==null&&!editing&&state.drafts!==before?.drafts) {const draft=state.drafts.get(open) ?? "";if (draft!==text.value&&(document.activeElement!==text||text.value==="")) {text.value=draft;grow();count();}
}
if (state.textMax!==before?.textMax) count();const one=open===null ? undefined : state.conversations.get(open);const title=one ? (titleOf(one, state.people) ?? t("unnamedGroup")) : "";setText(label, t("writeTo", { title }));},destroy() {observer.disconnect();isGone=true;tray?.destroy();emoji.destroy?.();},};}
return { composerView };
})();
const $25 = (() => {
const { dayOf }=$20;const GROUP_MS=5 * 60_000;const ESTIMATE={ start: 72, older: 40, day: 40, unread: 36, message: 40, line: 22, columns: 64, file: 64, picture: 240 };class RowBuilder {#c=[];#d=[];#b=[];#i=new Map();#a="";build(timeline, entries, me) {const { messages }=timeline;const head=`${timeline.more} ${timeline.loaded} ${timeline.unreadAfter} ${me}`;let kept=0;if (head===this.#a) {while (kept < messages.length&&messages[kept]===this.#b[kept]) kept += 1;kept=Math.max(0, Math.min(kept, messages.length) - 1);}
const rows=kept > 0 ? this.#c.slice(0, this.#d[kept - 1]) : [];this.#e(rows.length);const ends=this.#d.slice(0, kept);if (kept===0) rows.push(this.#f(timeline.more||!timeline.loaded ? { kind: "older" } : { kind: "start" }));const mark=timeline.unreadAfter;const reaches=mark!==null&&(!timeline.more||(messages[0]?.seq ?? 0) <= mark + 1);for (let place=kept; place < messages.length; place += 1) {this.#g(rows, messages, place, reaches ? mark : null, me);ends.push(rows.length);}
this.#b=messages;this.#d=ends;this.#a=head;this.#h(rows, entries, me);this.#c=rows;return rows;}
#e(from) {for (let place=from; place < this.#c.length; place += 1) {const row=(this.#c[place]);if (row.measured) this.#i.set(row.key, row.height);}
}
#g(rows, messages, place, unreadAfter, me) {const message=(messages[place]);const before=messages[place - 1];const after=messages[place + 1];const own=message.sender===me;const day=message.at===undefined ? "" : dayOf(message.at);const isNewDay=day!==""&&day!==lastDay(messages, place);if (isNewDay) rows.push(this.#f({ kind: "day", day }));const isFirstUnread=unreadAfter!==null&&isUnread(message, unreadAfter, me)
&& !hasUnreadBefore(messages, place, unreadAfter, me);if (isFirstUnread) rows.push(this.#f({ kind: "unread" }));const first=isNewDay||isFirstUnread||!belongTogether(before, message);const last=!belongTogether(message, after);rows.push(this.#f({ kind: "message", message, own, first, last, entry: null }));}
#h(rows, entries, me) {if (entries.length===0) return;const stored=new Set(this.#b.slice(-200).map((message)=>message.id));let before=this.#b[this.#b.length - 1];const waiting=entries.filter((entry)=>!stored.has(entry.id));for (const [place, entry] of waiting.entries()) {const message={id: entry.id,conversation: entry.conversation,seq: 0,sender: me,text: entry.text,reply_to: entry.replyTo,attachments: entry.attachments?.map((id)=>({ id, name: "", type: "", size: 0 })),voice: entry.voice,at: typeof entry.at==="number" ? new Date(entry.at).toISOString() : entry.at,};const first=before?.sender!==me;const last=place===waiting.length - 1;rows.push(this.#f({ kind: "message", message, own: true, first, last, entry }));before=message;}
}
#f(row) {const key=row.kind==="message" ? row.message.id : row.kind==="day" ? `day ${row.day}` : row.kind;const height=this.#i.get(key);return { ...row, key, height: height ?? estimate(row), measured: height!==undefined };}
}
function estimate(row) {if (row.kind!=="message") return ESTIMATE[row.kind];const lines=Math.ceil((row.message.text?.length ?? 0) / ESTIMATE.columns);const files=row.message.attachments ?? [];const heights=files.map(({ type })=>(/^(image|video)/.test(type) ? ESTIMATE.picture : ESTIMATE.file));return heights.reduce((sum, height)=>sum + height, ESTIMATE.message + ESTIMATE.line * Math.max(0, lines - 1));}
function lastDay(messages, place) {for (let before=place - 1; before >= 0; before -= 1) {const at=messages[before]?.at;if (at!==undefined) return dayOf(at);}
return "";}
function isUnread(message, mark, me) {return message.seq > mark&&message.sender!==me&&!message.hidden&&!message.deleted;}
function hasUnreadBefore(messages, place, mark, me) {for (let before=place - 1; before >= 0; before -= 1) {const message=(messages[before]);if (message.seq <= mark) return false;if (isUnread(message, mark, me)) return true;}
return false;}
function belongTogether(one, next) {if (!one?.at||!next?.at||one.sender===undefined||one.sender!==next.sender) return false;return Date.parse(next.at) - Date.parse(one.at) <= GROUP_MS&&dayOf(one.at)===dayOf(next.at);}
return { RowBuilder };
})();
const $26 = (() => {
const { h, iconButton }=$0;let count=0;function openDialog(page, title, content, options={}) {count += 1;const id=`dialog-${count}`;const dialog=h("dialog",{ class: "dialog", "aria-labelledby": id },h("div",{ class: "dialog-head" },h("h2", { id }, title),iconButton("close", page.t("close"), ()=>dialog.close()),),h("div", { class: "dialog-body" }, ...content),);dialog.addEventListener("close", ()=>{dialog.remove();options.onclose?.();});dialog.addEventListener("pointerdown", (event)=>{if (event.target===dialog) dialog.close();});page.root.append(dialog);dialog.showModal();return dialog;}
function ask(page, question, yes, isDanger) {return new Promise((resolve)=>{let answer=false;const finish=(value)=>{answer=value;dialog.close();};const dialog=openDialog(page,yes,[
h("p", {}, question),h("div",{ class: "buttons" },h("button", { type: "button", class: "plain", onclick: ()=>finish(false) }, page.t("cancel")),h("button",{ type: "button", class: isDanger ? "main-button danger" : "main-button", onclick: ()=>finish(true) },yes,),),],{ onclose: ()=>resolve(answer) },);});}
return { openDialog, ask };
})();
const $27 = (() => {
class Heights {#c=[];#d=new Float64Array(1);#a=0;#e=new Map();setRows(rows) {this.#a=Math.min(this.#a, this.#b(rows));this.#c=rows;if (this.#d.length < rows.length + 1) {const tops=new Float64Array(Math.max(64, (rows.length + 1) * 2));tops.set(this.#d);this.#d=tops;}
}
#b(rows) {const former=this.#c;let same=0;while (same < rows.length&&same < former.length&&rows[same]===former[same]) same += 1;for (const row of former.slice(same)) this.#e.delete(row.key);for (let place=same; place < rows.length; place += 1) {this.#e.set((rows[place]).key, place);}
return same;}
changed(place) {this.#a=Math.min(this.#a, place);}
get total() {return this.top(this.#c.length);}
top(place) {for (; this.#a < place; this.#a += 1) {const height=(this.#c[this.#a]).height;this.#d[this.#a + 1]=(this.#d[this.#a]) + height;}
return (this.#d[place]);}
placeOf(key) {return this.#e.get(key) ?? -1;}
at(offset) {const count=this.#c.length;this.top(count);let low=0;let high=count;while (low < high) {const middle=(low + high) >> 1;if (this.top(middle + 1) <= offset) low=middle + 1;else high=middle;}
return Math.max(0, Math.min(low, count - 1));}
range(from, to) {if (this.#c.length===0) return { first: 0, end: 0 };return { first: this.at(from), end: this.at(to) + 1 };}
}
return { Heights };
})();
const $28 = (() => {
const { arrange }=$0;const { Heights }=$27;const OVERSCAN_PX=600;const END_PX=32;const REVEAL_PX=96;const ROUNDS_MAX=4;class Viewport {#a;#b;#c;#h=new Heights();#g=[];#i=new Map();#j={ end: true };#n=0;#k=0;#e;#l=0;constructor(scroller, list, rowsOf) {this.#a=scroller;this.#b=list;this.#c=rowsOf;scroller.addEventListener("scroll", ()=>this.#d(), { passive: true });this.#e=new ResizeObserver((entries)=>this.#f(entries));this.#e.observe(scroller);}
destroy() {this.#e.disconnect();}
clear() {this.#g=[];this.#h=new Heights();for (const view of this.#i.values()) this.#e.unobserve(view.element);this.#i.clear();this.#b.replaceChildren();this.#b.style.paddingBlock="0px";this.#j={ end: true };this.#k=0;this.#l=0;}
get atEnd() {return this.#j.end;}
get offset() {return this.#k;}
show(rows) {const wasEmpty=this.#g.length===0;this.#g=rows;this.#h.setRows(rows);if (!this.#j.end&&this.#h.placeOf(this.#j.key) < 0) this.#m(this.#k);if (wasEmpty) this.#n=this.#a.clientHeight;this.#o();}
toEnd() {this.#j={ end: true };this.#o();this.#c.moved();}
has(key) {return this.#h.placeOf(key) >= 0;}
reveal(key) {if (!this.has(key)) return;this.#j={ end: false, key, offset: REVEAL_PX };this.#o();this.#m(this.#k);this.#c.moved();}
isAbove(key) {const place=this.#h.placeOf(key);return place >= 0&&this.#h.top(place + 1) <= this.#k;}
lastVisible(matches) {const bottom=this.#k + this.#n + END_PX;for (let place=this.#h.at(bottom); place >= 0; place -= 1) {const row=this.#g[place];if (!row) return undefined;if (this.#h.top(place) < this.#k) return undefined;if (matches(row)&&this.#h.top(place + 1) <= bottom) return row;}
return undefined;}
focus(key, by) {const from=key===undefined ? this.#h.at(this.#k + this.#n) + 1 : this.#h.placeOf(key);let place=from + by;while (this.#g[place]&&this.#g[place]?.kind!=="message") place += by;const row=this.#g[place];if (!row) {if (by < 0) this.#a.scrollTop=0;else this.toEnd();return;}
const top=this.#h.top(place);const bottom=this.#h.top(place + 1);if (top < this.#k) this.#j={ end: false, key: row.key, offset: 8 };else if (bottom > this.#k + this.#n) {this.#j={ end: false, key: row.key, offset: this.#n - (bottom - top) - 8 };}
this.#o();this.#m(this.#k);this.#i.get(row.key)?.element.focus({ preventScroll: true });this.#c.moved();}
row(key) {return this.#g[this.#h.placeOf(key)];}
#d() {const top=this.#a.scrollTop;if (Math.abs(top - this.#l) < 1) return;this.#l=top;const height=this.#a.clientHeight;const keepsEnd=this.#j.end&&height!==this.#n;this.#n=height;if (!keepsEnd) this.#m(top);this.#o();this.#c.moved();}
#m(top) {this.#k=top;if (this.#h.total - top - this.#n <= END_PX) {this.#j={ end: true };return;}
let place=this.#h.at(top);while (this.#g[place]&&this.#g[place]?.kind!=="message") place += 1;const row=this.#g[place];if (row) this.#j={ end: false, key: row.key, offset: this.#h.top(place) - top };}
#f(entries) {let isChanged=false;for (const entry of entries) {if (entry.target===this.#a) {const height=this.#a.clientHeight;isChanged ||= height!==this.#n;this.#n=height;continue;}
const key=(entry.target).dataset.key;if (key===undefined||!entry.target.isConnected) continue;const height=entry.borderBoxSize[0]?.blockSize ?? 0;isChanged=this.#p(this.#h.placeOf(key), height)||isChanged;}
if (isChanged) {this.#o();this.#c.moved();}
}
#p(place, height) {const row=this.#g[place];if (!row||height===0) return false;const isOther=Math.abs(row.height - height) > 0.01;row.measured=true;if (!isOther) return false;row.height=height;this.#h.changed(place);return true;}
#o() {for (let round=0; round < ROUNDS_MAX; round += 1) {this.#k=this.#q();const { first, end }=this.#h.range(this.#k - OVERSCAN_PX, this.#k + this.#n + OVERSCAN_PX);const fresh=this.#r(first, end);if (!this.#s(fresh)) break;}
this.#k=this.#q();this.#t();if (Math.abs(this.#l - this.#k) < 1) return;this.#k=this.#j.end ? Math.ceil(this.#k) : Math.round(this.#k);this.#a.scrollTop=this.#k;this.#l=this.#k;}
#q() {const most=Math.max(0, this.#h.total - this.#n);if (this.#j.end) return most;const place=this.#h.placeOf(this.#j.key);const top=place < 0 ? this.#k : this.#h.top(place) - this.#j.offset;return Math.max(0, Math.min(most, top));}
#u=0;#v=0;#r(first, end) {this.#u=first;this.#v=end;const fresh=[];const wanted=[];const keys=new Set();for (let place=first; place < end; place += 1) {const row=(this.#g[place]);keys.add(row.key);let view=this.#i.get(row.key);const isNew=view===undefined;if (view===undefined) {view=this.#c.view();this.#i.set(row.key, view);}
this.#c.update(view, row);if (isNew) this.#e.observe(view.element);if (isNew||!row.measured) fresh.push(view);wanted.push(view.element);}
const focused=document.activeElement;for (const [key, view] of this.#i) {if (keys.has(key)) continue;if (view.element.contains(focused)) this.#a.focus({ preventScroll: true });this.#e.unobserve(view.element);this.#i.delete(key);}
arrange(this.#b, wanted);this.#t();return fresh;}
#t() {const above=this.#h.top(this.#u);const below=Math.ceil(this.#h.total) - this.#h.top(this.#v);const padding=`${above}px ${Math.max(0, below)}px`;if (this.#b.style.paddingBlock!==padding) this.#b.style.paddingBlock=padding;}
#s(views) {let isChanged=false;for (const view of views) {const key=view.element.dataset.key ?? "";const height=view.element.getBoundingClientRect().height;isChanged=this.#p(this.#h.placeOf(key), height)||isChanged;}
return isChanged;}
}
return { Viewport };
})();
const $29 = (() => {
const { h, icon, iconButton, setAttribute, setText }=$0;const { explainMessage }=$17;const { deliveryOf, readersOf }=$6;const { filesPart, withFiles }=$19;const { isEmojiOnly, pieces, summary }=$16;const { avatar, nameOf, paintAvatar }=$21;const MARKS={ sending: "clock", failed: "warning", stored: "tick", received: "ticks", read: "ticks" };class RowView {element=h("div", { role: "listitem", tabindex: -1 });#a=null;#c=null;#b=-1;update(row, around) {if (row===this.#a&&around.version===this.#b) return;this.#b=around.version;if (row.kind==="message") {if (!this.#c) {this.#c=new MessageView(this.element, around);this.element.dataset.key=row.key;}
this.#c.update(row, around);} else if (this.#a===null) {this.element.className=`row ${row.kind}`;this.element.dataset.key=row.key;this.element.replaceChildren(...plainRow(row, around));} else if (row.kind==="day") {setText(this.element, around.times.day(row.day, new Date()));}
this.#a=row;}
}
function plainRow(row, { page, times }) {switch (row.kind) {case "start":
return [page.t("beginning")];case "older":
return [page.t("loading")];case "unread":
return [h("span", {}, page.t("newMessages"))];case "day":
return [times.day(row.day, new Date())];}
}
class MessageView {#g;#s=avatar("", "", "small");#p=h("bdi", { class: "sender" });#q=h("span", { class: "unseen" });#d=h("div", { class: "quote-holder" });#f=h("div", { class: "text", dir: "auto" });#e=h("div", { class: "files", hidden: true });#m=h("div", { class: "bubble" }, this.#d, this.#e, this.#f);#n=h("time", {});#o=h("span", { class: "tick", hidden: true });#k=h("button", { type: "button", class: "read-by", hidden: true, tabindex: -1 });#l=h("div", { class: "tools" });#r=h("div", { class: "below", hidden: true });#c=null;#i;#j;#a=null;#y="";#z26="";#h;constructor(element, around) {this.#g=element;this.#h=around;const { t }=around.page;const act=(name)=>()=>{if (this.#c) this.#h.actions[name](this.#c);};this.#i=iconButton("people", t("details"), act("showReaders"), { tabindex: -1 });this.#j=iconButton("bin", t("delete"), act("remove"), { tabindex: -1 });this.#k.addEventListener("click", act("showReaders"));this.#l.append(iconButton("reply", t("reply"), act("reply"), { tabindex: -1 }),iconButton("copy", t("copy"), act("copy"), { tabindex: -1 }),this.#i,this.#j,);const line=h("div", { class: "bubble-line" }, this.#m, h("div", { class: "meta" }, this.#n, this.#o, this.#l));const stack=h("div", { class: "stack" }, this.#p, this.#q, line, this.#r, this.#k);element.append(this.#s, stack);}
update(row, around) {this.#h=around;const { message }=row;if (row!==this.#a) this.#t(row);if (message!==this.#c) this.#u(message);this.#v(row);this.#a=row;this.#c=message;this.#w();this.#x(row);}
#w() {const { page }=this.#h;const message=(this.#c);const has=(message.attachments?.length ?? 0) > 0||(page.attaching.has(message.id)&&!message.deleted);setAttribute(this.#e, "hidden", !has);setAttribute(this.#f, "hidden", has&&this.#y==="");if (!has) return;const show=()=>filesPart()?.showFiles(this.#e, (this.#c), page);if (filesPart()) show();else withFiles(show);}
#t(row) {const { isGroup }=this.#h;const names=["row", "message", row.own ? "own" : "theirs"];if (row.first) names.push("first");if (row.last) names.push("last");if (isGroup) names.push("in-group");this.#g.className=names.join(" ");}
#u(message) {const { page, times }=this.#h;const { t }=page;const isStub=message.hidden===true||message.deleted===true;this.#m.classList.toggle("stub", isStub);const text=message.hidden ? t("hiddenMessage") : message.deleted ? t("deletedMessage") : (message.text ?? "");if (text!==this.#y) {this.#y=text;this.#f.replaceChildren(...(isStub ? [text] : linked(text, t)));this.#m.classList.toggle("big", !isStub&&isEmojiOnly(text));}
setText(this.#n, message.at ? times.clock(message.at) : "");setAttribute(this.#n, "datetime", message.at ?? null);setAttribute(this.#n, "title", message.at ? times.full(message.at) : null);setAttribute(this.#l, "hidden", isStub);if (message.reply_to!==this.#c?.reply_to) this.#z(message);}
#z(message) {this.#d.replaceChildren();const target=message.reply_to ?? message.thread;if (target===undefined) return;const { page, actions }=this.#h;const { t }=page;const who=h("bdi", { class: "quote-sender" });const what=h("span", { class: "quote-text", dir: "auto" }, "…");const quote=h("button", { type: "button", class: "quote", tabindex: -1 }, who, what);this.#d.append(quote);void page.session.quotes.get(message.conversation, target).then((quoted)=>{if (!quoted||quoted.deleted||quoted.hidden) {setText(what, quoted?.deleted ? t("deletedMessage") : t("quoteGone"));return;}
const isOwn=quoted.sender===page.store.state.me?.id;setText(who, isOwn ? t("you") : nameOf(page, quoted.sender ?? ""));setText(what, summary(quoted, t));quote.setAttribute("aria-label", t("repliedTo", { name: `${who.textContent}: ${what.textContent}` }));quote.addEventListener("click", ()=>actions.jump(quoted));});}
#v(row) {const { page, isGroup }=this.#h;const sender=row.message.sender ?? "";const name=row.own ? page.t("you") : sender==="" ? "" : nameOf(page, sender);const isNamed=isGroup&&!row.own&&row.first&&sender!=="";setAttribute(this.#p, "hidden", !isNamed);setText(this.#p, name);setText(this.#q, isNamed||name==="" ? "" : `${name}: `);setAttribute(this.#s, "hidden", row.own||!isGroup);this.#s.classList.toggle("away", !row.first);if (!row.own&&isGroup) paintAvatar(this.#s, sender, name);}
#x(row) {const { page, others, isGroup, otherCount, lastOwnSeq }=this.#h;const { t }=page;const { entry, message }=row;const isSent=row.own&&!message.deleted;const delivery=!isSent
? null
: entry
? entry.state==="sent"
? "stored"
: entry.state
: deliveryOf(isGroup ? message : { seq: message.seq }, others);setAttribute(this.#i, "hidden", !isGroup||!row.own||entry!==null);setAttribute(this.#j, "hidden", !mayDelete(row, this.#h));const isLast=isGroup&&isSent&&!entry&&message.seq===lastOwnSeq;const count=isLast ? readersOf(others, message, undefined).read.length : 0;setAttribute(this.#k, "hidden", count===0);if (count > 0) setText(this.#k, count >= otherCount ? t("readByAll") : t("readBy", { count }));const state=`${delivery} ${entry?.error?.code ?? ""} ${entry?.state ?? ""} ${message.text?.length ?? 0}`;if (state===this.#z26) return;this.#z26=state;setAttribute(this.#o, "hidden", delivery===null);this.#g.classList.toggle("failed", delivery==="failed");if (delivery!==null) {setAttribute(this.#o, "data-delivery", delivery);setAttribute(this.#o, "title", t(delivery));this.#o.replaceChildren(icon(MARKS[delivery]), h("span", { class: "unseen" }, t(delivery)));}
setAttribute(this.#r, "hidden", delivery!=="failed");if (delivery==="failed"&&entry) this.#z27(entry);else this.#r.replaceChildren();}
#z27(entry) {const { page, otherName, actions }=this.#h;const { t, parley, store }=page;const message={ text: entry.text, textMax: store.state.textMax, name: otherName };const button=(words, onclick) =>
h("button", { type: "button", class: "link", onclick }, words);this.#r.replaceChildren(h("span", { class: "problem" }, `${t("failed")}: ${filesPart()?.explainFile(entry, page) ?? explainMessage(entry.error, t, message)}`),h("span",{ class: "choices" },button(t("retry"), ()=>parley.retry(entry.id)),entry.text==="" ? "" : button(t("edit"), ()=>actions.edit(entry)),button(t("remove"), ()=>parley.discard(entry.id)),),);}
}
function linked(text, t) {return pieces(text).map(({ text: words, href }) =>
href===null
? words
: h("a", { href, target: "_blank", rel: "noopener noreferrer", title: t("linkOpens") }, words),);}
function mayDelete({ own, entry, message }, around) {return entry===null&&!message.hidden&&!message.deleted&&(own||around.isAdmin);}
return { RowView, mayDelete };
})();
const $30 = (() => {
const { mayDelete }=$29;function messageKeys(page, viewport, around, event) {if (event.altKey||event.ctrlKey||event.metaKey||event.isComposing) return;const target=(event.target);const row=(target.closest(".row"));const key=row?.dataset.key;if (event.key==="ArrowUp"||event.key==="ArrowDown") {event.preventDefault();viewport.focus(key, event.key==="ArrowUp" ? -1 : 1);return;}
if (event.key==="End") {event.preventDefault();viewport.toEnd();return;}
const data=key===undefined ? undefined : viewport.row(key);if (data?.kind!=="message"||target!==row) return;const { message, entry }=data;if (message.hidden||message.deleted) return;switch (event.key.toLowerCase()) {case "r":
if (entry?.state==="failed") page.parley.retry(entry.id);else if (!entry) around.actions.reply(message);break;case "c":
around.actions.copy(message);break;case "i":
if (!around.isGroup||!data.own||entry) return;around.actions.showReaders(message);break;case "delete":
if (!mayDelete(data, around)) return;around.actions.remove(message);break;default:
return;}
event.preventDefault();}
return { messageKeys };
})();
const $31 = (() => {
const { h, icon, setAttribute, setText }=$0;const { explain }=$17;const { openDialogOf }=$19;const { othersOf }=$6;const { emptyTimeline }=$9;const { RowBuilder }=$25;const { titleOf }=$8;const { Times }=$20;const { ask }=$26;const { Viewport }=$28;const { RowView }=$29;const { messageKeys }=$30;const NEAR_PX=1_200;function messageListView(page, reply, edit) {const { t, session, store }=page;const times=new Times(page.locale, t);const list=h("div", { class: "rows", role: "list" });const scroller=h("div", { class: "messages", tabindex: 0, role: "region" }, list);const toNewest=h("button",{ type: "button", class: "jump newest", hidden: true, onclick: ()=>viewport.toEnd() },h("span", {}),icon("down"),);const toUnread=h("button",{ type: "button", class: "jump unread", hidden: true, onclick: ()=>jumpToUnread() },icon("up"),h("span", {}),);const note=h("p", { class: "empty" });const again=h("button", { type: "button", class: "plain", hidden: true, onclick: ()=>retry() }, t("tryAgain"));const middle=h("div", { class: "middle", hidden: true }, note, again);const element=h("div", { class: "messages-holder" }, scroller, middle, toUnread, toNewest);let builder=new RowBuilder();let open=null;let isPlaced=false;let lastSeq=0;let newCount=0;let known=[];const around={page,times,version: 0,isGroup: false,otherName: "",otherCount: 0,others: [],lastOwnSeq: 0,isAdmin: false,actions: {reply,edit,copy: (message)=>copy(message),remove: (message)=>void remove(message),showReaders: (message)=>openDialogOf("readersDialog", page, message),jump: (message)=>void jump(message),},};const viewport=new Viewport(scroller, list, {view: ()=>new RowView(),update: (view, row)=>view.update(row, around),moved: ()=>moved(),});scroller.addEventListener("keydown", (event)=>messageKeys(page, viewport, around, event));const sent=()=>viewport.toEnd();page.root.addEventListener("sent", sent);const looked=()=>moved();window.addEventListener("focus", looked);document.addEventListener("visibilitychange", looked);function copy(message) {void navigator.clipboard?.writeText(message.text ?? "").then(()=>page.announce(t("copied")), ()=>{});}
async function remove(message) {if (!(await ask(page, t("deleteQuestion"), t("delete"), true))) return;await session.ask("message.delete", { id: message.id }).catch((error)=>page.announce(explain(error, t)));}
async function jump(message) {await session.loadThrough(message.conversation, message.seq);show(store.state);viewport.reveal(message.id);}
async function jumpToUnread() {const mark=open===null ? null : (store.state.timelines.get(open)?.unreadAfter ?? null);if (open===null||mark===null) return;await session.loadThrough(open, mark + 1);show(store.state);viewport.reveal("unread");}
function retry() {if (open!==null) void session.loadOpen(open);}
function moved() {if (open===null) return;const { state }=store;const timeline=state.timelines.get(open);if (!timeline?.loaded||!isPlaced) return;const last=viewport.lastVisible((row)=>row.kind==="message"&&row.entry===null);if (last?.kind==="message"&&!document.hidden&&document.hasFocus()) session.seen(open, last.message.seq);if (viewport.atEnd) newCount=0;if (timeline.more&&!timeline.loading&&!timeline.failed&&viewport.offset < NEAR_PX) void session.loadOlder(open);showButtons();}
function showButtons() {const timeline=open===null ? undefined : store.state.timelines.get(open);setAttribute(toNewest, "hidden", viewport.atEnd||!isPlaced);const below=newCount > 0 ? t("newBelow", { count: newCount }) : "";setText((toNewest.firstElementChild), below);setAttribute(toNewest, "aria-label", below||t("toNewest"));const mark=timeline?.unreadAfter ?? null;const first=timeline?.messages[0];const isAbove=mark!==null&&first!==undefined&&isPlaced
&& (first.seq > mark + 1&&timeline?.more ? true : viewport.isAbove("unread"));setAttribute(toUnread, "hidden", !isAbove);if (isAbove&&timeline&&mark!==null) {const last=timeline.messages[timeline.messages.length - 1];const count=Math.max(1, (last?.seq ?? mark + 1) - mark);setText((toUnread.lastElementChild), t("toUnread", { count }));}
}
function show(state) {const timeline=(open===null ? undefined : state.timelines.get(open)) ?? emptyTimeline;const entries=state.outbox.filter((entry)=>entry.conversation===open);showSurroundings(state);const last=timeline.messages[timeline.messages.length - 1]?.seq ?? 0;if (isPlaced&&!viewport.atEnd&&last > lastSeq) {newCount += timeline.messages.filter((one)=>one.seq > lastSeq&&one.sender!==state.me?.id).length;}
lastSeq=Math.max(lastSeq, last);const isEmpty=timeline.messages.length===0&&entries.length===0;viewport.show(isEmpty ? [] : builder.build(timeline, entries, state.me?.id));if (!isPlaced&&timeline.loaded) {isPlaced=true;if (timeline.unreadAfter!==null&&viewport.has("unread")) viewport.reveal("unread");else viewport.toEnd();}
const fails=timeline.failed&&!timeline.loading;const words=fails
? state.listLoaded&&open!==null&&!state.conversations.has(open) ? null : t("loadFailed")
: !isEmpty
? null
: timeline.loaded
? t("noMessages")
: state.failure ? null : t("loading");setAttribute(middle, "hidden", words===null||(!isEmpty&&!fails));setText(note, words ?? "");setAttribute(again, "hidden", !fails);moved();}
function showSurroundings(state) {const one=open===null ? undefined : state.conversations.get(open);const members=open===null ? undefined : state.members.get(open);const me=state.me?.id;const timeline=open===null ? undefined : state.timelines.get(open);const own=lastOwn(timeline?.messages ?? [], me, around.lastOwnSeq);const now=[open, one?.kind, one?.title, one?.role, members, state.people, me, own];if (now.every((value, place)=>value===known[place])) return;known=now;around.version += 1;around.lastOwnSeq=own;around.isGroup=one?.kind==="group";around.isAdmin=around.isGroup&&one?.role!=="member";around.otherName=one ? (titleOf(one, state.people) ?? "") : "";around.otherCount=Math.max(0, (members?.members.length ?? 1) - 1);around.others=othersOf(members, me);setAttribute(scroller, "aria-label", t("messagesIn", { title: around.otherName }));}
return {element,update(state, before) {if (state.open!==open) {open=state.open;builder=new RowBuilder();isPlaced=false;lastSeq=0;newCount=0;around.lastOwnSeq=0;viewport.clear();show(state);return;}
if (open===null) return;if (before?.timelines.get(open)!==undefined&&state.timelines.get(open)===undefined) {isPlaced=false;newCount=0;}
const same=before
&& state.timelines.get(open)===before.timelines.get(open)
&& state.members.get(open)===before.members.get(open)
&& isSame(state.conversations.get(open), before.conversations.get(open))
&& state.outbox===before.outbox
&& state.people===before.people
&& state.me===before.me
&& state.listLoaded===before.listLoaded
&& state.failure===before.failure;if (!same) show(state);},destroy() {page.root.removeEventListener("sent", sent);window.removeEventListener("focus", looked);document.removeEventListener("visibilitychange", looked);viewport.destroy();},};}
function isSame(one, before) {return one===before||(one!==undefined&&before!==undefined&&one.title===before.title&&one.role===before.role);}
function lastOwn(messages, me, former) {for (let place=messages.length - 1; place >= 0; place -= 1) {const message=messages[place];if ((message?.seq ?? 0) <= former) return former;if (message?.sender===me&&!message?.deleted) return message?.seq ?? 0;}
return former;}
return { messageListView };
})();
const $32 = (() => {
const { h }=$0;const { explain }=$17;const { ask }=$26;function blockButton(page, user, failed) {const { t }=page;const isBlocked=page.store.state.blocked.has(user.id);const label=t(isBlocked ? "unblock" : "block", { name: user.name });const onclick=async ()=>{if (!isBlocked&&!(await ask(page, t("blockQuestion", { name: user.name }), label, true))) return;try {await page.session.block(user.id, !isBlocked);} catch (error) {failed(explain(error, t));}
};return h("button", { type: "button", class: isBlocked ? "plain" : "plain danger", onclick }, label);}
function unblockNotice(page, user) {const { t }=page;const problem=h("span", { class: "problem", role: "alert" });return h("div",{ class: "unblock" },h("span", {}, t("youBlocked", { name: user.name })),blockButton(page, user, (words)=>problem.replaceChildren(words)),problem,);}
return { blockButton, unblockNotice };
})();
const $33 = (() => {
const { h, icon, iconButton, setAttribute, setText }=$0;const { listed }=$2;const { titleOf }=$8;const { Times }=$20;const { composerView }=$24;const { messageListView }=$31;const { PresenceDot, avatar, nameOf, paintAvatar, presenceText }=$21;const { unblockNotice }=$32;const MINUTE_MS=60_000;function conversationView(page) {const { t, session }=page;const times=new Times(page.locale, t);const face=avatar("", "", "small");const dot=new PresenceDot();const title=h("bdi", {});const heading=h("h2", { hidden: true }, title);const line=h("span", { class: "line" });const about=iconButton("info", t("aboutGroup"), ()=>page.root.dispatchEvent(new CustomEvent("panel")), {class: "icon-button about","aria-expanded": "false",});const head=h("header",{ class: "bar" },iconButton("back", t("back"), ()=>session.close(), { class: "icon-button back" }),h("span", { class: "face" }, face, dot.element),h("div", { class: "names" }, heading, line),about,);const typing=h("p", { class: "typing-line", "aria-live": "polite" });const composer=composerView(page);const messages=messageListView(page, (message)=>composer.reply(message), (entry)=>composer.editFailed(entry));const notice=h("div", { class: "notice", hidden: true });const open=h("div", { class: "open", hidden: true }, head, messages.element, typing, composer.element, notice);const empty=h("div",{ class: "nothing-open" },icon("chat"),h("p", {}, t("chooseConversation")),);const element=h("section", { class: "main", "aria-label": t("conversation") }, open, empty);const timer=setInterval(()=>showLine(page.store.state), MINUTE_MS);page.root.addEventListener("panelshown", (event)=>{setAttribute(about, "aria-expanded", String((event).detail));});function showLine(state) {const one=state.open===null ? undefined : state.conversations.get(state.open);if (!one) {setText(line, "");return;}
const words=one.kind==="group"
? t("memberCount", { count: one.member_count })
: presenceText(page, times, one.other ? state.presences.get(one.other.id) : undefined);setText(line, words ?? "");}
function showHead(state) {const one=state.open===null ? undefined : state.conversations.get(state.open);setAttribute(open, "hidden", state.open===null);setAttribute(empty, "hidden", state.open!==null);const name=one ? (titleOf(one, state.people) ?? t("unnamedGroup")) : "";setText(title, name);setAttribute(heading, "hidden", name==="");setAttribute(face, "hidden", one===undefined);if (one) paintAvatar(face, one.other?.id ?? one.id, name);face.classList.toggle("group", one?.kind==="group");dot.update(page, one?.other ? state.presences.get(one.other.id) : undefined);setAttribute(about, "hidden", one===undefined);const label=one?.kind==="direct" ? t("aboutPerson", { name }) : t("aboutGroup");setAttribute(about, "aria-label", label);setAttribute(about, "title", label);showLine(state);}
function showTyping(state) {const users=state.open===null ? undefined : state.typing.get(state.open);const names=[...(users?.keys() ?? [])].map((user)=>nameOf(page, user));const [name]=names;if (name===undefined) setText(typing, "");else if (names.length===1) setText(typing, t("typingOne", { name }));else if (names.length <= 3) setText(typing, t("typingSome", { names: listed(page.locale, names) }));else setText(typing, t("typingMany"));}
function showNotice(state) {const one=state.open===null ? undefined : state.conversations.get(state.open);const isMissing=state.open!==null&&state.listLoaded&&!one
&& state.timelines.get(state.open)?.failed===true;const other=one?.kind==="direct" ? one.other : undefined;const blocked=other!==undefined&&state.blocked.has(other.id);setAttribute(composer.element, "hidden", state.gone||isMissing||blocked);setAttribute(notice, "hidden", !(state.gone||isMissing||blocked));if (state.gone) notice.replaceChildren(t("gone"));else if (isMissing) notice.replaceChildren(t("notYours"));else if (blocked&&other) notice.replaceChildren(unblockNotice(page, other));else notice.replaceChildren();}
return {element,update(state, before) {const same=before
&& state.open===before.open
&& state.conversations===before.conversations
&& state.people===before.people
&& state.presences===before.presences;if (!same) showHead(state);if (state.typing!==before?.typing||state.open!==before?.open||!same) showTyping(state);if (!same||state.gone!==before?.gone||state.blocked!==before?.blocked
|| state.timelines!==before?.timelines) {showNotice(state);}
composer.update(state, before);messages.update(state, before);},destroy() {clearInterval(timer);messages.destroy?.();composer.destroy?.();},};}
return { conversationView };
})();
const $34 = (() => {
const { openDialogOf }=$19;function handleKeys(page, event) {if (event.defaultPrevented||event.isComposing) return;const target=(event.target);if (target.closest("dialog")) return;const isWriting=target.matches("input, textarea, select");const isCommand=event.ctrlKey||event.metaKey;if ((event.key==="/"&&!isWriting&&!isCommand&&!event.altKey)||(event.key.toLowerCase()==="k"&&isCommand)) {event.preventDefault();focusFilter(page);} else if (event.altKey&&!isCommand&&(event.key==="ArrowUp"||event.key==="ArrowDown")) {event.preventDefault();step(page, event.key==="ArrowDown" ? 1 : -1);} else if (event.key==="?"&&!isWriting&&!isCommand) {event.preventDefault();openDialogOf("shortcutsDialog", page);} else if (event.key==="Escape") {closeTop(page, target);}
}
function focusFilter(page) {const filter=(page.root.querySelector(".filter"));if (!filter) return;if (filter.offsetParent===null) page.session.close();requestAnimationFrame(()=>{filter.focus();filter.select();});}
function step(page, by) {const { order, open }=page.store.state;if (order.length===0) return;const place=open===null ? (by > 0 ? -1 : order.length) : order.indexOf(open);const next=order[Math.max(0, Math.min(order.length - 1, place + by))];if (next!==undefined) page.session.open(next);}
function closeTop(page, target) {if (page.root.querySelector(".panel:not([hidden])")) {page.root.dispatchEvent(new CustomEvent("panel", { detail: false }));} else if (!target.matches("textarea")) {const writing=(page.root.querySelector(".composer textarea"));writing?.focus();}
}
return { handleKeys };
})();
const $35 = (() => {
const { h, icon, setAttribute }=$0;const { ask }=$26;const { PresenceDot, avatar, nameOf, presenceText }=$21;function memberItem(page, times, one, member, doing) {const { t, store }=page;const { me, presences }=store.state;const name=nameOf(page, member.user);const isMe=member.user===me?.id;const dot=new PresenceDot();const presence=isMe ? undefined : presences.get(member.user);dot.update(page, presence);const words=[
member.role==="member" ? null : t(member.role),presenceText(page, times, presence),].filter((word)=>word!==null);return h("li",{ class: "person" },h("span", { class: "face" }, avatar(member.user, name, "small"), dot.element),h("span",{ class: "person-words" },h("bdi", {}, isMe ? `${name} (${t("you")})` : name),words.length > 0 ? h("span", { class: "id" }, words.join(" · ")) : null,),isMe ? null : menu(page, name, actions(page, one, member, name, doing)),);}
function actions(page, one, member, name, doing) {const { t, session, store }=page;const { user }=member;const role=(wanted)=>() =>
doing(session.ask("member.role", { conversation: one.id, user, role: wanted }));const isBlocked=store.state.blocked.has(user);const found=[];found.push({words: t("writeToPerson", { name }),onclick: ()=>doing(session.create({ kind: "direct", members: [user] }).then((id)=>session.open(id))),});const isOwner=one.role==="owner";const mayTouch=isOwner||(one.role==="admin"&&member.role==="member");if (mayTouch&&member.role!=="admin") found.push({ words: t("makeAdmin"), onclick: role("admin") });if (isOwner&&member.role!=="owner") found.push({ words: t("makeOwner"), onclick: role("owner") });if (isOwner&&member.role!=="member") found.push({ words: t("makeMember"), onclick: role("member") });if (mayTouch) {found.push({words: t("removeMember"),danger: true,onclick: async ()=>{if (!(await ask(page, t("removeQuestion", { name }), t("removeMember"), true))) return;doing(session.ask("member.remove", { conversation: one.id, users: [user] }));},});}
found.push({words: t(isBlocked ? "unblock" : "block", { name }),danger: !isBlocked,onclick: async ()=>{if (!isBlocked&&!(await ask(page, t("blockQuestion", { name }), t("block", { name }), true))) return;doing(session.block(user, !isBlocked));},});return found;}
function menu(page, name, choices) {const label=page.t("actionsFor", { name });const list=h("div", { class: "menu", hidden: true });const button=h("button",{ type: "button", class: "icon-button", "aria-label": label, title: label, "aria-expanded": "false", onclick: ()=>toggle() },icon("more"),);const holder=h("div", { class: "menu-holder", onkeydown, onfocusout }, button, list);function toggle(on=list.hidden) {setAttribute(list, "hidden", !on);setAttribute(button, "aria-expanded", String(on));if (on) list.querySelector("button")?.focus();}
function onkeydown(event) {if (list.hidden) return;const buttons=[...list.querySelectorAll("button")];const place=buttons.indexOf((document.activeElement));if (event.key==="Escape") {event.stopPropagation();toggle(false);button.focus();} else if (event.key==="ArrowDown"||event.key==="ArrowUp") {event.preventDefault();buttons[(place + (event.key==="ArrowDown" ? 1 : buttons.length - 1)) % buttons.length]?.focus();}
}
function onfocusout(event) {if (!holder.contains((event.relatedTarget))) toggle(false);}
for (const { words, danger, onclick } of choices) {const choose=()=>{toggle(false);onclick();};list.append(h("button", { type: "button", class: danger ? "choice danger" : "choice", onclick: choose }, words));}
return holder;}
return { memberItem };
})();
const $36 = (() => {
const { h, iconButton, setAttribute, setText }=$0;const { explain }=$17;const { openDialogOf }=$19;const { titleOf }=$8;const { Times }=$20;const { blockButton }=$32;const { ask }=$26;const { memberItem }=$35;const { avatar, nameOf, presenceText }=$21;const ROLES={ owner: 0, admin: 1, member: 2 };function panelView(page) {const { t, store, session }=page;const times=new Times(page.locale, t);const title=h("h2", { id: "panel-title" });const body=h("div", { class: "panel-body" });const problem=h("p", { class: "problem", role: "alert" });const close=iconButton("close", t("close"), ()=>toggle(false));const element=h("section",{ class: "panel", hidden: true, tabindex: -1, "aria-labelledby": "panel-title" },h("div", { class: "bar" }, title, close),problem,body,);let isShown=false;let isRenaming=false;function toggle(on=!isShown) {if (on===isShown) return;isShown=on;isRenaming=false;setText(problem, "");setAttribute(element, "hidden", !on);setAttribute(page.root, "data-panel", on);page.root.dispatchEvent(new CustomEvent("panelshown", { detail: on }));if (on) {show(store.state);element.focus();} else {(page.root.querySelector(".about"))?.focus();}
}
page.root.addEventListener("panel", (event)=>{const { detail }=(event);toggle(detail ?? undefined);});function doing(done) {setText(problem, "");done.catch((error)=>setText(problem, explain(error, t)));}
function show(state) {const one=state.open===null ? undefined : state.conversations.get(state.open);if (!one) {toggle(false);return;}
const focused=focusOf(body);const scrolled=body.scrollTop;if (one.kind==="direct") showPerson(state, one);else showGroup(state, one);body.scrollTop=scrolled;giveFocus(body, focused);}
function showPerson(state, one) {const other=one.other;if (!other) return;const name=state.people.get(other.id)?.name ?? other.name;const presence=presenceText(page, times, state.presences.get(other.id));setText(title, t("aboutPerson", { name }));body.replaceChildren(h("div",{ class: "portrait" },avatar(other.id, name, "large"),h("bdi", { class: "portrait-name" }, name),h("span", { class: "id" }, other.id),presence===null ? null : h("span", {}, presence),),h("div", { class: "panel-buttons" }, blockButton(page, { ...other, name }, (words)=>setText(problem, words))),);}
function showGroup(state, one) {const list=state.members.get(one.id);const name=titleOf(one, state.people) ?? t("unnamedGroup");const manages=one.role==="owner"||one.role==="admin";const members=[...(list?.members ?? [])].sort((a, b)=>ROLES[a.role] - ROLES[b.role]||nameOf(page, a.user).localeCompare(nameOf(page, b.user), page.locale),);setText(title, t("aboutGroup"));const face=avatar(one.id, name, "large");face.classList.add("group");body.replaceChildren(h("div", { class: "portrait" }, face, isRenaming ? renameForm(one) : h("bdi", { class: "portrait-name" }, name)),h("div",{ class: "panel-buttons" },manages&&!isRenaming
? h("button", { type: "button", class: "plain", onclick: ()=>rename(true) }, t("rename"))
: null,manages
? h("button", { type: "button", class: "plain", onclick: ()=>openDialogOf("addPeopleDialog", page, one.id) }, t("addPeople"))
: null,h("button", { type: "button", class: "plain danger", onclick: ()=>void leave(one, name) }, t("leave")),),h("h3", {}, t("memberCount", { count: one.member_count })),h("ul",{ class: "people" },...members.map((member)=>memberItem(page, times, one, member, doing)),),);if (list?.cursor) {const onclick=()=>doing(session.loadMoreMembers(one.id));body.append(h("button", { type: "button", class: "quiet", onclick }, t("loadMore")));}
}
function rename(on) {isRenaming=on;show(store.state);if (on) body.querySelector("input")?.select();}
function renameForm(one) {const input=h("input", { class: "field", "aria-label": t("groupName"), maxlength: 200, dir: "auto" });input.value=one.title ?? "";const onsubmit=(event)=>{event.preventDefault();const name=input.value.trim();rename(false);doing(session.ask("conversation.update", { conversation: one.id, title: name }));};const onkeydown=(event)=>{if (event.key!=="Escape") return;event.stopPropagation();rename(false);};return h("form",{ class: "rename", onsubmit, onkeydown },input,h("button", { type: "submit", class: "main-button" }, t("save")),);}
async function leave(one, name) {if (!(await ask(page, t("leaveQuestion", { title: name }), t("leave"), true))) return;doing(session.ask("conversation.leave", { conversation: one.id }).then(()=>{if (store.state.open===one.id) session.close();}));}
return {element,update(state, before) {if (!isShown) return;if (state.open===null) {toggle(false);return;}
const same=before
&& state.open===before.open
&& state.conversations.get(state.open)===before.conversations.get(state.open)
&& state.members.get(state.open)===before.members.get(state.open)
&& state.people===before.people
&& state.presences===before.presences
&& state.blocked===before.blocked;if (!same&&!(isRenaming&&state.open===before?.open)) {if (state.open!==before?.open) isRenaming=false;show(state);}
},};}
function focusOf(body) {return [...body.querySelectorAll("button, summary")].indexOf((document.activeElement));}
function giveFocus(body, place) {if (place < 0) return;const button=([...body.querySelectorAll("button, summary")][place]);button?.focus();}
return { panelView };
})();
const $37 = (() => {
const { h, setAttribute, setText }=$0;const { texts }=$2;const { Preferences }=$3;const { Session }=$7;const { Store }=$14;const { titleOf }=$8;const { applyTheme }=$15;const { bannerView }=$18;const { conversationListView }=$22;const { conversationView }=$33;const { handleKeys }=$34;const { panelView }=$36;const { nameOf }=$21;const { withFiles }=$19;const { summary }=$16;function mountChat(element, parley, options={}) {const store=new Store();const session=new Session(parley, store);const preferences=new Preferences();let views=null;let isMounted=true;linkStyle();session.start();void show();async function show() {const words=await texts([preferences.get("language"), options.language, ...navigator.languages]);if (!isMounted) return;views?.destroy();views=new Views(element, parley, store, session, preferences, options, words, ()=>void show());}
return {unmount() {isMounted=false;views?.destroy();session.stop();},};}
const TITLE_MS=200;function linkStyle() {const { href }=new URL("./app.css", import.meta.url);const isThere=[...document.querySelectorAll("link")].some((link)=>link.href===href);if (!isThere) document.head.append(h("link", { rel: "stylesheet", href }));}
class Views {#a;#c;#b;#e;#p=null;#o=false;#j=[];#f=h("div", { class: "unseen", role: "status" });#r="";#l;#m;constructor(element, parley, store, session, preferences, options, { t, language }, restart) {this.#a=store;const tag=options.useAddress ? "main" : "div";this.#b=h(tag, { class: "parley", lang: language.code, dir: language.direction });applyTheme(this.#b, preferences.get("theme"));this.#c={t,locale: localeOf(language.code),root: this.#b,store,session,parley,announce: (text)=>this.#d(text),options,preferences,restart,attaching: new Map(),};const list=conversationListView(this.#c);const conversation=conversationView(this.#c);const panel=panelView(this.#c);const banner=bannerView(this.#c);this.#e=[conversation, list, panel, banner];const heading=h("h1", { class: "unseen" }, t("conversations"));this.#b.append(heading, list.element, conversation.element, panel.element, banner.element, this.#f);element.replaceChildren(this.#b);session.onMessage=(message)=>{const { me, open }=store.state;if (message.hidden||message.sender===me?.id||message.conversation!==open) return;const name=nameOf(this.#c, message.sender ?? "");this.#d(this.#c.t("incoming", { name, text: summary(message, this.#c.t) }));};const used=()=>session.presence.used();for (const kind of ["pointerdown", "keydown", "focus"]) this.#g(window, kind, used);this.#g(document, "visibilitychange", ()=>this.#h());const keys=options.useAddress ? document : this.#b;this.#g(keys, "keydown", (event)=>handleKeys(this.#c, (event)));if (options.useAddress) this.#g(window, "hashchange", ()=>this.#i());withFiles((files)=>this.#j.push(files.watchPage(this.#c)));this.#j.push(store.subscribe(()=>this.#k()));if (options.useAddress) this.#i();this.#h();}
destroy() {for (const end of this.#j.splice(0)) end();for (const view of this.#e) view.destroy?.();clearTimeout(this.#l);clearTimeout(this.#m);this.#n();this.#b.remove();}
#g(target, kind, listener) {target.addEventListener(kind, listener);this.#j.push(()=>target.removeEventListener(kind, listener));}
#k() {if (this.#o) return;this.#o=true;const render=()=>{if (this.#o) this.#h();};if (document.hidden) setTimeout(render, 0);else requestAnimationFrame(render);}
#h() {this.#o=false;const { state }=this.#a;const before=this.#p;if (state===before) return;this.#p=state;if (state.me&&state.me.id!==before?.me?.id) this.#q();setAttribute(this.#b, "data-view", state.open===null ? "list" : "conversation");for (const view of this.#e) view.update(this.#a.state, before);if (state.drafts!==before?.drafts&&this.#r) {clearTimeout(this.#l);this.#l=setTimeout(()=>this.#n(), 300);}
if (this.#c.options.useAddress) {this.#s(state);clearTimeout(this.#m);this.#m=setTimeout(()=>this.#t(), TITLE_MS);}
}
#q() {const { parley, preferences }=this.#c;const owner=`${parley.tenant ?? ""}.${this.#a.state.me?.id ?? ""}`;if (owner===this.#r) return;this.#r=owner;const drafts=new Map([...preferences.drafts(owner), ...this.#a.state.drafts]);if (drafts.size > 0) this.#a.dispatch({ type: "drafts", drafts });}
#n() {if (this.#r) this.#c.preferences.setDrafts(this.#r, this.#a.state.drafts);}
#d(text) {setText(this.#f, "");setTimeout(()=>setText(this.#f, text), 50);}
#i() {const id=new URLSearchParams(location.hash.slice(1)).get("chat");if (id) this.#c.session.open(id);else if (this.#a.state.open!==null) this.#c.session.close();}
#s(state) {const parameters=new URLSearchParams(location.hash.slice(1));const shown=parameters.get("chat");if (shown===state.open) return;if (state.open===null) parameters.delete("chat");else parameters.set("chat", state.open);const address=`#${parameters}`;if (shown===null) history.pushState(null, "", address);else history.replaceState(null, "", address);}
#t() {const { state }=this.#a;let unread=0;for (const one of state.conversations.values()) unread += one.unread;const open=state.open===null ? undefined : state.conversations.get(state.open);const name=open ? (titleOf(open, state.people) ?? this.#c.t("unnamedGroup")) : "Parley";const title=unread > 0 ? `(${unread}) ${name}` : name;if (document.title!==title) document.title=title;}
}
function localeOf(code) {return navigator.languages.find((tag)=>tag.toLowerCase().split("-")[0]===code) ?? code;}
return { mountChat };
})();
const $38 = (() => {
async function registration() {if (!("serviceWorker" in navigator)||!("PushManager" in window)||!("Notification" in window)) return null;return (await navigator.serviceWorker.getRegistration("/")) ?? null;}
async function serverKey() {const response=await fetch("/v1/push/key");return response.ok ? (await response.json()).key : null;}
async function pushState() {try {const worker=await registration();if (!worker||!(await serverKey())) return "none";if (Notification.permission==="denied") return "denied";return (await worker.pushManager.getSubscription()) ? "on" : "off";} catch {return "none";}
}
async function startPush(page) {const worker=await registration();const key=await serverKey();if (!worker||!key||(await Notification.requestPermission())!=="granted") return;const subscription=await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });const { endpoint, keys }=subscription.toJSON();try {await page.session.ask("push.subscribe", { endpoint, keys });} catch (error) {await subscription.unsubscribe();throw error;}
}
async function stopPush(page) {const subscription=await (await registration())?.pushManager.getSubscription();if (!subscription) return;await page.session.ask("push.unsubscribe", { endpoint: subscription.endpoint });await subscription.unsubscribe();}
function followNotifications() {navigator.serviceWorker?.addEventListener("message", ({ data })=>{if (typeof data?.open!=="string") return;const parameters=new URLSearchParams(location.hash.slice(1));parameters.set("chat", data.open);location.hash=`${parameters}`;});}
return { pushState, startPush, stopPush, followNotifications };
})();
const $39 = (() => {
const { h }=$0;const { avatar }=$21;const EXAMPLE=[
'import { createParley } from "/sdk/v1/parley.js";','import { mountChat } from "/app/chat.js";',"","const parley=createParley({",'    token: async ()=>(await fetch("/my/token")).text(),',"});",'mountChat(document.getElementById("chat"), parley);',].join("\n");function signInScreen(t, people, choose) {return screen(h("h1", {}, t("whoAreYou")),h("ul",{ class: "faces" },...people.map((person)=>{const words=t("openAs", { name: person.name });return h("li",{},h("button",{ type: "button", class: "face-button", "aria-label": t("continueAs", { name: person.name }), onclick: ()=>choose(person) },avatar(person.id, person.name, "large"),h("bdi", {}, person.name),),h("a", { href: `/#as=${encodeURIComponent(person.id)}`, target: "_blank", rel: "noopener" }, words),);}),),h("p", { class: "small" }, t("demoOnly")),);}
function embedScreen(t) {return screen(h("h1", {}, t("embedTitle")),h("p", {}, t("embedText")),h("pre", { tabindex: 0 }, h("code", {}, EXAMPLE)),);}
function waitScreen(t) {return screen(h("p", { role: "status" }, t("serverAway")));}
function screen(...content) {return h("main", { class: "screen" }, h("div", { class: "card" }, ...content));}
return { signInScreen, embedScreen, waitScreen };
})();
const $40 = (() => {
const { mountChat }=$37;const { texts }=$2;const { Preferences }=$3;const { followNotifications }=$38;const { applyTheme }=$15;const { embedScreen, signInScreen, waitScreen }=$39;const RETRY_MS=2_000;async function startPage(container) {const preferences=new Preferences();const { t, language }=await texts([preferences.get("language"), ...navigator.languages]);document.documentElement.lang=language.code;document.documentElement.dir=language.direction;applyTheme(document.documentElement, preferences.get("theme"));function wanted() {return new URLSearchParams(location.hash.slice(1)).get("as");}
async function people() {const response=await fetch("/demo/people");if (response.status===404) return null;if (!response.ok) throw new Error(`The demo's people: ${response.status}.`);const reply=await response.json();preferences.set("demo", JSON.stringify(reply.people));return reply.people;}
function remembered() {try {return JSON.parse(preferences.get("demo") ?? "[]");} catch {return [];}
}
async function token(user) {const response=await fetch("/demo/token", {method: "POST",headers: { "content-type": "application/json" },body: JSON.stringify({ user }),});if (!response.ok) throw new Error(`A token for ${user}: ${response.status}.`);return ((await response.json()).token);}
function chatAs(person) {const parley=createParley({ token: ()=>token(person.id), clientName: "parley-page" });const chat=mountChat(container, parley, {useAddress: true,onSignOut: ()=>{chat.unmount();void parley.stop();history.replaceState(null, "", "/");document.title="Parley";void start();},});}
async function start() {const as=wanted();const known=remembered().find(({ id })=>id===as);if (known) {chatAs(known);return;}
try {const found=await people();if (found===null) {container.replaceChildren(embedScreen(t));return;}
const person=found.find(({ id })=>id===as);if (person) {chatAs(person);return;}
container.replaceChildren(signInScreen(t, found, (chosen)=>{history.replaceState(null, "", `/#as=${encodeURIComponent(chosen.id)}`);chatAs(chosen);}));} catch {container.replaceChildren(waitScreen(t));setTimeout(()=>void start(), RETRY_MS);}
}
void start();const shown=wanted();window.addEventListener("hashchange", ()=>{const as=wanted();if (as!==null&&shown!==null&&as!==shown) location.reload();});followNotifications();navigator.serviceWorker?.register("/app/service-worker.js", { scope: "/" }).catch(()=>{});}
return { startPage };
})();
const { mountChat } = $37;
const { startPage } = $40;
export { mountChat, startPage, $0 as dom, $2 as i18n, $6 as state_delivery, $15 as theme, $17 as explain, $21 as views_people, $26 as views_dialog, $38 as push };
