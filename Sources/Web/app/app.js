// The page at `/`.

import { startPage } from "./chat.js";

void startPage(/** @type {HTMLElement} */ (document.getElementById("app")));
