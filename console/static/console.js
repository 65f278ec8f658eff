// What every page shares: it works without this, and is quicker with it.
"use strict";
