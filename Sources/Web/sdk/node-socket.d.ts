/** For `ParleyOptions.WebSocket` in Node 20, which has none of its own. */
export const NodeWebSocket: typeof WebSocket;
