// The dialogs that are loaded when the first of them is wanted.

import { addPeopleDialog, newConversationDialog } from "./new-conversation.js";
import { readersDialog } from "./readers.js";
import { settingsDialog, shortcutsDialog } from "./settings.js";

export const dialogs = { addPeopleDialog, newConversationDialog, readersDialog, settingsDialog, shortcutsDialog };
