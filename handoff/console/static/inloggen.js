/** The log-in page: on a shared computer nobody finds what the last one had typed, unless she comes back to go on. */

import { forgetDrafts } from "./conversation.js";

if (new URLSearchParams(location.search).has("uitgelogd")) forgetDrafts();
